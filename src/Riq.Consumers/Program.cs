using Riq.Consumers;
using Riq.Hosting;

return await HostProcess.Run(() => WorkerHost.Build(args));
