using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Riq.Api;
using Riq.Consumers;
using Riq.Contracts;
using Riq.Engine.Outbox;
using Riq.Engine.Requests;
using Riq.TestKit.Servers;
using Riq.TestKit.Services;

namespace Riq.IntegrationTests.Cluster;

/// <summary>
/// API and worker hosts of this process on a database and a virtual host of their own, behind proxies that a test can
/// cut. Only the services outside are fakes. Times are scaled down.
/// </summary>
public sealed class RiqCluster : IAsyncDisposable
{
    // An API has the rights of one, everybody else those of a worker.
    const string ApiName = "api";

    readonly List<WebApplication> _hosts = [];
    readonly List<Lines> _lines = [];
    readonly Dictionary<string, string> _settings = new()
    {
        ["SweepInterval"] = "00:00:00.200",
        ["LostAfter"] = "00:00:01",
        ["LeaseMargin"] = "00:00:01",
        ["StuckAfter"] = "00:00:03",
        ["ConfirmTimeout"] = "00:00:05",
        ["OutboxClaim"] = "00:00:03",
        ["Logging:Level"] = "Warning",
        ["Services:fake:Concurrency"] = "5",
        ["Services:fake:RetryBaseDelay"] = "00:00:00.050",
    };

    readonly IServiceAdapter[] _adapters;

    RiqCluster(TestDatabase database, TestBroker broker, IServiceAdapter[] services)
    {
        (Database, Broker, _adapters) = (database, broker, services);
        // Services fail on purpose in most tests; those of the circuit say what opens it.
        foreach (var service in services) _settings[$"Services:{service.Service}:Circuit:Failures"] = "1000000";
        var postgres = new Npgsql.NpgsqlConnectionStringBuilder(database.ConnectionString);
        Postgres = new(postgres.Host!, postgres.Port);
        RabbitMq = new(TestServers.RabbitMq.Host, TestServers.RabbitMq.Port);
    }

    public TestDatabase Database { get; }
    public TestBroker Broker { get; }
    public IReadOnlyList<FakeService> Services => [.. _adapters.OfType<FakeService>()];
    public FakeService Service => Services[0];

    /// <summary>What lies between the hosts and the servers.</summary>
    public TcpProxy Postgres { get; }
    public TcpProxy RabbitMq { get; }

    public static async Task<RiqCluster> Create(params IServiceAdapter[] services) =>
        new(await TestDatabase.Create(), await TestBroker.Create(), services.Length > 0 ? services : [new FakeService()]);

    /// <summary>A cluster of one API and one worker, running.</summary>
    public static async Task<RiqCluster> Start()
    {
        var cluster = await Create();
        await cluster.StartWorker();
        await cluster.StartApi();
        return cluster;
    }

    /// <summary>Changes a setting below <c>Riq:</c> for the hosts started after it.</summary>
    public RiqCluster With(string name, object value)
    {
        _settings[name] = value.ToString()!;
        return this;
    }

    /// <summary>The first API's client.</summary>
    public RiqApi Api { get; private set; } = null!;

    /// <param name="clock">The process's clock where it is not to be the right one.</param>
    public async Task<RiqApi> StartApi(TimeProvider? clock = null)
    {
        var host = await Run(ApiHost.Build(Arguments(ApiName), services => UseFakes(services, clock)));
        var api = new RiqApi(host, new Uri(host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()));
        Api ??= api;
        return api;
    }

    public Task<WebApplication> StartWorker(string name = "worker-1", Lines? lines = null, TimeProvider? clock = null) =>
        Run(WorkerHost.Build(Arguments(name, lines), services => UseFakes(services, clock)));

    /// <summary>Ways to the servers for one host alone, so that a test can cut just that one off.</summary>
    public Lines NewLines()
    {
        var servers = new Npgsql.NpgsqlConnectionStringBuilder(Database.ConnectionString);
        var lines = new Lines(new(servers.Host!, servers.Port), new(TestServers.RabbitMq.Host, TestServers.RabbitMq.Port));
        _lines.Add(lines);
        return lines;
    }

    /// <summary>The request as it is stored, whatever the API says.</summary>
    public async Task<StoredRequest> Stored(string token) => (await Database.List(StoredRequest.Sql, StoredRequest.Read, token)).Single();

    /// <summary>Puts a command to run the attempt into a work queue, as a relay or a redelivery would.</summary>
    public Task SendExecute(string token, int attempt, string queue = "riq.fake.normal")
    {
        if (!RequestToken.TryParse(token, out var id)) throw new ArgumentException($"{token} is no token.");
        return Broker.Publish(queue, Encoding.UTF8.GetString(Envelope.Execute(Guid.NewGuid(), id, attempt)));
    }

    /// <summary>Queues of messages that a consumer threw at or could not read.</summary>
    public async Task<string[]> FaultQueues() => [.. (await Broker.Queues()).Where(q => q.EndsWith("_error", StringComparison.Ordinal) || q.EndsWith("_skipped", StringComparison.Ordinal))];

    // Longer than a host takes whose servers are away: one that hangs fails its test and no other.
    static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);

    /// <summary>Stops one host gracefully, as SIGTERM does.</summary>
    public async Task Stop(WebApplication host)
    {
        lock (_hosts) _hosts.Remove(host);
        await host.StopAsync().WaitAsync(StopLimit);
        await host.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Postgres.Thaw();
        Postgres.Restore();
        RabbitMq.Thaw();
        RabbitMq.Restore();
        foreach (var lines in _lines) lines.Mend();
        await Task.WhenAll(_hosts.ToArray().Select(Stop));
        foreach (var lines in _lines) await lines.DisposeAsync();
        await Postgres.DisposeAsync();
        await RabbitMq.DisposeAsync();
        await Broker.DisposeAsync();
        await Database.DisposeAsync();
    }

    async Task<WebApplication> Run(WebApplication host)
    {
        await host.StartAsync();
        lock (_hosts) _hosts.Add(host);
        return host;
    }

    void UseFakes(IServiceCollection services, TimeProvider? clock)
    {
        if (clock is not null) services.AddSingleton(clock);
        services.RemoveAll<IServiceAdapter>();
        foreach (var adapter in _adapters) services.AddSingleton(adapter);
    }

    string[] Arguments(string name, Lines? lines = null) =>
    [
        "--urls=http://127.0.0.1:0", $"--Riq:Worker={name}", $"--Riq:Postgres={Database.Through((lines?.Postgres ?? Postgres).Port, name == ApiName)};Pooling=true",
        $"--Riq:RabbitMq={Broker.Through((lines?.RabbitMq ?? RabbitMq).Port, name == ApiName)}",
        .. _settings.Select(s => $"--Riq:{s.Key}={s.Value}"),
    ];
}
