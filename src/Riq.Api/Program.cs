using Riq.Api;
using Riq.Api.Cleanup;
using Riq.Hosting;

return args switch
{
    ["migrate", ..] => await MigrateCommand.Run(args),
    ["cleanup", ..] => await CleanupCommand.Run(args),
    ["keys", ..] => await KeysCommand.Run(args),
    ["recover", ..] => await RecoverCommand.Run(args),
    _ => await HostProcess.Run(() => ApiHost.Build(args)),
};
