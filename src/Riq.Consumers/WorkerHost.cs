using Riq.Adapters;
using Riq.Engine;
using Riq.Engine.Hosting;
using Riq.Hosting;

namespace Riq.Consumers;

/// <summary>A worker process: takes requests from the queues, calls the services, sweeps. Its web server only tells health and metrics.</summary>
static class WorkerHost
{
    public const string DefaultUrl = "http://127.0.0.1:8090";

    /// <param name="args">Settings as <c>--Riq:Name=value</c>, and <c>--urls</c>.</param>
    /// <param name="customize">Last changes to what is registered, for tests.</param>
    public static WebApplication Build(string[] args, Action<IServiceCollection>? customize = null)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        if (string.IsNullOrEmpty(builder.Configuration["urls"])) builder.WebHost.UseUrls(DefaultUrl);
        HostProcess.CheckAll(
            () => RiqOptions.Read(builder.Configuration),
            () => TracingOptions.Read(builder.Configuration),
            () => HostProcess.Check("Riq:Services", customize is null ? AdapterRegistration.AdapterProblems(builder.Configuration) : []));
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.AddRiqLogging();
        builder.Services.AddRiqSystemd();
        builder.AddRiqTracing("riq-consumers");
        builder.Services.AddRiqAdapters(builder.Configuration);
        builder.Services.AddHostedService<ServerWatch>();
        builder.Services.AddRiqWorkerEngine(builder.Configuration);
        customize?.Invoke(builder.Services);

        var app = builder.Build();
        app.MapRiqHealth();
        return app;
    }
}
