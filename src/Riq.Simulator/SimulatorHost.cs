using Riq.Simulator.Accounts;
using Riq.Simulator.Clock;
using Riq.Simulator.Confluence;
using Riq.Simulator.Control;
using Riq.Simulator.Exchange;
using Riq.Simulator.Faults;
using Riq.Simulator.Jira;
using Riq.Simulator.Jira.Search;
using Riq.Simulator.Latency;
using Riq.Simulator.Ledger;
using Riq.Simulator.Limits;
using Riq.Simulator.Settings;
using Riq.Simulator.Tokens;

namespace Riq.Simulator;

/// <summary>Puts the simulator together, for the program and for tests that run it inside their own process.</summary>
public static class SimulatorHost
{
    /// <summary>
    /// A site that is ready to be started. Settings come from the environment and <paramref name="args"/>
    /// (<c>--urls http://127.0.0.1:0 --Simulator:LatencyScale=0</c>); no file is read, so whoever hosts it lends it nothing.
    /// </summary>
    public static WebApplication Build(string[] args) => Build(args, TimeProvider.System);

    /// <summary>The same over another clock.</summary>
    public static WebApplication Build(string[] args, TimeProvider time)
    {
        var builder = WebApplication.CreateEmptyBuilder(new() { Args = args, ApplicationName = typeof(SimulatorHost).Assembly.GetName().Name });
        builder.Configuration.AddEnvironmentVariables("ASPNETCORE_").AddEnvironmentVariables().AddCommandLine(args);
        builder.Logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.AddServerHeader = false).UseUrls(builder.Configuration["urls"] ?? SimulatorSettings.DefaultUrl);
        builder.Services.AddRoutingCore();
        AddSite(builder.Services, Read(builder.Configuration), time);

        var app = builder.Build();
        app.UseMiddleware<GatewayPrefix>();
        app.UseRouting();
        MapSite(app);
        return app;
    }

    static SimulatorSettings Read(IConfiguration configuration)
    {
        var settings = configuration.GetSection(SimulatorSettings.Section).Get<SimulatorSettings>() ?? new();
        var problems = string.Join(Environment.NewLine, settings.Problems());
        return problems.Length == 0 ? settings : throw new InvalidOperationException(problems);
    }

    static void AddSite(IServiceCollection services, SimulatorSettings settings, TimeProvider time)
    {
        services.AddSingleton(new LiveSettings(settings)).AddSingleton(new SimulatorClock(time, settings.Speed)).AddSingleton(new Chance(settings.Seed));
        services.AddSingleton<RouteTable>().AddSingleton<CallExchange>().AddSingleton<Authentication>().AddSingleton<SiteState>();
        services.AddSingleton<FaultRules>().AddSingleton<RetryAfterWatch>().AddSingleton<LatencyModel>().AddSingleton<IndexLag>();
        services.AddSingleton<CallLedger>().AddSingleton<PermanentErrors>().AddSingleton<Effects>().AddSingleton<Assertions>();
        services.AddSingleton(provider => new RateLimits(key => provider.GetRequiredService<JiraStore>().Find(key)?.Writes));
        services.AddSingleton<TokenService>().AddSingleton<TokenRoutes>();
        services.AddSingleton<JiraStore>().AddSingleton<IssueFields>().AddSingleton<IssueWriter>().AddSingleton<IssueJson>().AddSingleton<JqlSearch>();
        services.AddSingleton<JiraSite>().AddSingleton<IssueRoutes>().AddSingleton<BulkRoutes>().AddSingleton<TransitionRoutes>().AddSingleton<CommentRoutes>();
        services.AddSingleton<PropertyRoutes>().AddSingleton<SearchRoutes>().AddSingleton<MetadataRoutes>();
        services.AddSingleton<ConfluenceStore>().AddSingleton<PageWriter>().AddSingleton<CqlSearch>();
        services.AddSingleton<ConfluenceSite>().AddSingleton<PageRoutes>().AddSingleton<PagePropertyRoutes>().AddSingleton<LabelRoutes>().AddSingleton<ContentSearchRoutes>();
    }

    static void MapSite(WebApplication app)
    {
        var (services, routes) = (app.Services, app.Services.GetRequiredService<RouteTable>());
        services.GetRequiredService<TokenRoutes>().Map(routes);
        services.GetRequiredService<JiraSite>().Map(routes);
        services.GetRequiredService<ConfluenceSite>().Map(routes);
        services.GetRequiredService<SiteState>().Seed();

        var (clock, settings) = (services.GetRequiredService<SimulatorClock>(), services.GetRequiredService<LiveSettings>());
        settings.Changed += changed => clock.SetSpeed(changed.Speed);

        var exchange = services.GetRequiredService<CallExchange>();
        foreach (var route in routes.All) app.MapMethods(route.Template, [route.Method], (RequestDelegate)(http => exchange.Run(http, route)));
        app.MapFallback((RequestDelegate)(http => exchange.Run(http, RouteTable.Unknown(http.Request.Method))));
        ControlEndpoints.Map(app);
    }
}
