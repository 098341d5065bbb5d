using Riq.Api;
using Riq.Hosting;

return args is ["migrate", ..] ? await MigrateCommand.Run(args) : await HostProcess.Run(() => ApiHost.Build(args));
