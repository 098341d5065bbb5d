using Riq.Adapters;
using Riq.Api.Audit;
using Riq.Api.Callbacks;
using Riq.Api.Cleanup;
using Riq.Api.DeadLetters;
using Riq.Api.Documentation;
using Riq.Api.Events;
using Riq.Api.Gateway;
using Riq.Api.Http;
using Riq.Api.Page;
using Riq.Api.Requests;
using Riq.Api.Results;
using Riq.Api.Security;
using Riq.Api.Services;
using Riq.Api.Status;
using Riq.Api.Submission;
using Riq.Engine;
using Riq.Engine.Hosting;
using Riq.Engine.Security;
using Riq.Engine.Storage;
using Riq.Hosting;

namespace Riq.Api;

/// <summary>An API process: takes submissions and answers what became of them.</summary>
static class ApiHost
{
    public const string DefaultUrl = "http://127.0.0.1:8080";

    /// <summary>Room for more than ten thousand clients that wait; beyond it connections are closed at once.</summary>
    const int MaxConnections = 30_000;

    /// <param name="args">Settings as <c>--Riq:Name=value</c>, and <c>--urls</c>.</param>
    /// <param name="customize">Last changes to what is registered, for tests.</param>
    public static WebApplication Build(string[] args, Action<IServiceCollection>? customize = null)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        if (string.IsNullOrEmpty(builder.Configuration["urls"])) builder.WebHost.UseUrls(DefaultUrl);
        CheckSettings(builder.Configuration, adapters: customize is null);
        var keys = ApiKeys.Read(builder.Configuration);
        var tokens = JwtSettings.Read(builder.Configuration);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestBody.MaxDroppedBytes;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            RequestHead.Limit(kestrel.Limits);
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
            if (!keys.Required) kestrel.ConfigureEndpointDefaults(LoopbackOnly.Check);
        });
        builder.AddRiqLogging();
        builder.Services.AddRiqSystemd();
        builder.AddRiqTracing("riq-api");
        builder.Services.AddSingleton(keys);
        builder.Services.AddSingleton(p => new KeyRing(keys, tokens is null ? null : new(tokens), c => ApiKeyStore.Read(p.GetRequiredService<Database>().Plain, c), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<KeyRing>>()));
        builder.Services.AddHostedService(p => p.GetRequiredService<KeyRing>());
        builder.Services.AddSingleton<SubmissionQuota>();
        builder.Services.AddSingleton<ServiceAnswer>();
        builder.Services.AddInProcessGateway();
        builder.Services.AddRiqAdapters(builder.Configuration);
        builder.Services.AddHostedService<ServerWatch>();
        builder.Services.AddRiqApiEngine(builder.Configuration);
        customize?.Invoke(builder.Services);

        var app = builder.Build();
        app.UseMiddleware<SecurityHeaders>();
        app.UseMiddleware<RequestHead>();
        app.UseMiddleware<Failures>();
        app.UseMiddleware<Authentication>();
        var open = app.MapGroup("").NeedsNoKey();
        open.MapRiqHealth();
        open.MapRiqDocumentation();
        open.MapOperatorPage();
        // Each endpoint says who may call it: .Needs(Scopes.…). One that does not answers nobody.
        var queue = app.MapGroup("/api/queue");
        queue.MapSubmit();
        queue.MapSubmitBatch();
        queue.MapRefusedSubmissions();
        queue.MapResult();
        queue.MapRequests();
        queue.MapSelections();
        queue.MapDeadLetters();
        queue.MapDeadLetterGroups();
        queue.MapGroupNotes();
        queue.MapBulkOperations();
        queue.MapCallbacks();
        queue.MapAudit();
        queue.MapCleanup();
        queue.MapServices();
        queue.MapGrant();
        queue.MapStatus();
        queue.MapHistory();
        queue.MapMe();
        queue.MapEvents();
        return app;
    }

    static void CheckSettings(IConfiguration settings, bool adapters) => HostProcess.CheckAll(
        () => HostProcess.Check("urls", ListenAddresses.Problems(settings["urls"])),
        () => ApiKeys.Read(settings),
        () => JwtSettings.Read(settings),
        () => RiqOptions.Read(settings),
        () => TracingOptions.Read(settings),
        () => HostProcess.Check("Riq:Services", adapters ? AdapterRegistration.AdapterProblems(settings) : []));
}
