using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Riq.Engine.Observability;
using Riq.Engine;
using Riq.Engine.Storage;
using Riq.Engine.Tokens;
using Riq.IntegrationTests.Simulator;
using Riq.TestKit.Servers;

namespace Riq.IntegrationTests.Tokens;

/// <summary>Token managers as so many processes have them, on one database, in front of one simulated site.</summary>
public sealed class Managers : IAsyncDisposable
{
    public const string Service = "jira";
    public const string ClientSecret = "canary-client-secret";

    static readonly string Key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    readonly List<IAsyncDisposable> _open = [];

    Managers(TestDatabase database, RunningSimulator site) => (Database, Site) = (database, site);

    public TestDatabase Database { get; }
    public RunningSimulator Site { get; }
    public ConcurrentQueue<(EventId Event, string Text)> Log { get; } = new();
    internal TokenManager[] All { get; private set; } = [];
    internal GrantStore Store { get; private set; } = null!;
    internal TokenEndpoint Endpoint { get; private set; } = null!;

    public AuthSettings Auth { get; private init; } = null!;

    public static async Task<Managers> Start(int count, string type = AuthSettings.OAuthRefresh, Action<AuthSettings>? change = null, bool encrypted = true, params string[] settings)
    {
        var site = await RunningSimulator.Start(["--Simulator:Tokens:Enforced=true", "--Simulator:Limits:Enabled=false", "--Simulator:LedgerCapacity=1000000", .. settings]);
        var auth = new AuthSettings
        {
            Type = type, TokenUrl = new Uri(site.Http.BaseAddress!, "/oauth/token").ToString(), ClientId = "app", ClientSecret = ClientSecret,
            RefreshToken = type == AuthSettings.OAuthRefresh ? "simulated-refresh-token" : "", ProbeInterval = TimeSpan.FromMinutes(1),
        };
        change?.Invoke(auth);
        var managers = new Managers(await TestDatabase.Create(), site) { Auth = auth };
        managers.All = [.. Enumerable.Range(0, count).Select(_ => managers.Make(encrypted))];
        return managers;
    }

    /// <summary>One more process, started later.</summary>
    internal TokenManager Add() => Make(encrypted: true);

    TokenManager Make(bool encrypted)
    {
        var options = new RiqOptions { Services = { [Service] = new() { Auth = Auth } } };
        if (encrypted) (options.Encryption.Current, options.Encryption.Keys["k1"]) = ("k1", Key);
        var database = new Database(Database.ConnectionString);
        var cipher = new TokenCipher(options.Encryption);
        (Store, Endpoint) = (new(database, cipher, TimeProvider.System), new(TimeProvider.System));
        var log = new LoggerFactory([new Listener(Log)]);
        _open.Add(database);
        return new(options, Store, Endpoint, cipher, new(database), TimeProvider.System, log.CreateLogger<TokenManager>());
    }

    /// <summary>Calls the site as an adapter does; its status.</summary>
    internal async Task<int> Call(TokenManager manager)
    {
        var header = await manager.Authorization(Service, CancellationToken.None);
        return await Call(header!);
    }

    public async Task<int> Call(AuthenticationHeaderValue header) => (await Site.Send(HttpMethod.Get, "/rest/api/3/myself", change: r => r.Headers.Authorization = header)).Status;

    /// <summary>Calls of the token endpoint so far, also those that got no answer.</summary>
    public async Task<int> Refreshes() => (await Site.Get("/__sim/ledger?limit=1000000")).Json.GetProperty("rows").EnumerateArray().Count(r => r.GetProperty("path").GetString() == "/oauth/token");

    public Task<long> Generation() => Database.Scalar<long>("select coalesce(max(generation), 0) from service_grants");

    public Task<string> State() => Database.Scalar<string>("select state from service_grants");

    public int Alerts => Log.Count(l => l.Event.Name == nameof(EngineLog.NeedsReauth));

    /// <summary>A new consent of the site.</summary>
    public async Task<string> NewRefreshToken() =>
        (await Site.Post("/oauth/token", new { grant_type = "authorization_code", code = "x", client_id = "app", client_secret = "s" })).Json.GetProperty("refresh_token").GetString()!;

    public async ValueTask DisposeAsync()
    {
        foreach (var manager in All) manager.Dispose();
        foreach (var database in _open) await database.DisposeAsync();
        await Site.DisposeAsync();
        await Database.DisposeAsync();
    }

    sealed class Listener(ConcurrentQueue<(EventId, string)> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => true;
        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => lines.Enqueue((eventId, $"{formatter(state, exception)} {exception}"));
        public void Dispose() { }
    }
}
