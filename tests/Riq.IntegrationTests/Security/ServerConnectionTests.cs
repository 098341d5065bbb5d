using System.Net;
using System.Text;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Processes;
using Riq.TestKit.Servers;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Security;

/// <summary>A Postgres and a RabbitMQ with TLS, with certificates made for this run.</summary>
public sealed class TlsServers : IAsyncLifetime
{
    internal Certificates Certificates { get; } = new();
    public LocalServer Postgres { get; private set; } = null!;
    public LocalServer RabbitMq { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        (Postgres, RabbitMq) = (LocalServer.NewPostgres(Certificates.Folder), LocalServer.NewRabbitMq(Certificates.Folder));
        await Task.WhenAll(Postgres.Start(), RabbitMq.Start());
        Assert.Equal(0, (await RiqProcess.Run("api", "migrate", new Dictionary<string, string> { ["Riq__Postgres"] = PostgresAt("localhost", Certificates.Authority()) })).Code);
    }

    public async Task DisposeAsync()
    {
        await Postgres.DisposeAsync();
        await RabbitMq.DisposeAsync();
        Certificates.Dispose();
    }

    public string PostgresAt(string host, string authority) => $"Host={host};Port={Postgres.Port};Database=postgres;Username=postgres;SSL Mode=VerifyFull;Root Certificate={authority}";

    // SSL_CERT_FILE is the whole store of the process: the authority of both servers stands in it.
    public Dictionary<string, string> Settings(string host, string authority) => new()
    {
        ["Riq__Postgres"] = PostgresAt(host, authority), ["Riq__RabbitMq"] = $"amqps://guest:guest@{host}:{RabbitMq.TlsPort}", ["SSL_CERT_FILE"] = authority,
        ["Riq__Services__jira__BaseUrl"] = "http://127.0.0.1:1", ["Riq__Services__jira__Auth__Type"] = "none",
    };
}

/// <summary>How a process gets to its servers: over TLS only to those that it can trust, and waiting for those that are not there.</summary>
public sealed class ServerConnectionTests(TlsServers servers) : IClassFixture<TlsServers>
{
    const string Hint = "is its certificate signed by an authority that this process trusts, and made out for the name in its address?";

    static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    [Theory]
    [InlineData(""), InlineData("localhost:1,")]   // a node of a cluster that is away
    public async Task Over_TLS_a_request_goes_all_the_way(string otherNode)
    {
        var settings = servers.Settings("localhost", servers.Certificates.Authority());
        settings["Riq__RabbitMq"] = settings["Riq__RabbitMq"].Replace("@", "@" + otherNode, StringComparison.Ordinal);
        await using var api = await RiqProcess.Start("api", settings);
        await using var worker = await RiqProcess.Start("consumers", settings);
        var token = await Submit(api);
        // There is no Jira: what matters is that a worker has had it from the queue, and the API the end of it.
        await Eventually.True(async () => (await Get(api, $"/api/queue/result/{token}?wait=10")).Text.Contains("\"dead\"", StringComparison.Ordinal), Limit);
        Assert.Contains("\"status\":\"healthy\"", (await Get(api, "/health/ready")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("127.0.0.1", false)]
    public async Task A_server_whose_certificate_is_signed_by_somebody_else_or_for_another_name_is_not_talked_to(string host, bool otherAuthority)
    {
        await using var api = RiqProcess.Begin("api", servers.Settings(host, otherAuthority ? servers.Certificates.OtherAuthority() : servers.Certificates.Authority()));
        foreach (var server in new[] { $"Waiting for Postgres at {host}:{servers.Postgres.Port}", $"Waiting for RabbitMQ at {host}:{servers.RabbitMq.TlsPort}" })
            await Eventually.True(() => api.Output.Split('\n').Any(l => l.Contains(server, StringComparison.Ordinal) && l.Contains(Hint, StringComparison.Ordinal)), Limit, $"{server} … {Hint}");
        Assert.Contains("\"waiting_for\":[\"postgres\",\"rabbitmq\"]", (await Get(api, "/health/ready")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_starts_before_its_servers_says_for_which_it_waits_and_begins_when_they_are_there()
    {
        await using var postgres = LocalServer.NewPostgres();
        await using var rabbitMq = LocalServer.NewRabbitMq();
        var settings = new Dictionary<string, string>(servers.Settings("localhost", servers.Certificates.Authority()))
        {
            ["Riq__Postgres"] = $"Host=127.0.0.1;Port={postgres.Port};Database=postgres;Username=postgres", ["Riq__RabbitMq"] = $"amqp://guest:guest@127.0.0.1:{rabbitMq.Port}",
        };
        await using var api = RiqProcess.Begin("api", settings);
        await using var worker = RiqProcess.Begin("consumers", settings);
        foreach (var process in new[] { api, worker })
        {
            await Said(process, $"Waiting for Postgres at 127.0.0.1:{postgres.Port}, database postgres: ");
            await Said(process, $"Waiting for RabbitMQ at 127.0.0.1:{rabbitMq.Port}/: ");
            Assert.Contains("\"waiting_for\":[\"postgres\",\"rabbitmq\"]", (await Get(process, "/health/ready")).Text, StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.OK, (await Get(process, "/health/live")).Code);
        }

        await postgres.Start();
        await Said(api, "the schema is not there; the migration makes it");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Get(api, "/health/ready")).Code);
        Assert.Equal(0, (await RiqProcess.Run("api", "migrate", settings)).Code);
        await Task.WhenAll(api.Ready(), worker.Ready());
        Assert.Contains("\"waiting_for\":[\"rabbitmq\"]", (await Get(api, "/health/ready")).Text, StringComparison.Ordinal);
        var token = await Submit(api);   // accepted, and sent when RabbitMQ is there

        await rabbitMq.Start();
        foreach (var process in new[] { api, worker }) await Said(process, $"RabbitMQ at 127.0.0.1:{rabbitMq.Port}/ is there.");
        await Eventually.True(async () => (await Get(api, $"/api/queue/result/{token}?wait=10")).Text.Contains("\"dead\"", StringComparison.Ordinal), Limit);
        Assert.Contains("\"waiting_for\":[]", (await Get(worker, "/health/ready")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_of_a_newer_version_than_the_schema_says_so_and_is_not_ready()
    {
        await using var database = await TestDatabase.Create();
        var newest = await database.Scalar<string>("""delete from "__EFMigrationsHistory" where migration_id = (select max(migration_id) from "__EFMigrationsHistory") returning migration_id""");
        await using var api = RiqProcess.Begin("api", new Dictionary<string, string>(servers.Settings("localhost", servers.Certificates.Authority())) { ["Riq__Postgres"] = database.ConnectionString });
        await Said(api, "the schema is older than this version of RIQ; the migration brings it up to date");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Get(api, "/health/ready")).Code);
        await database.Execute("""insert into "__EFMigrationsHistory" values ($1, '10')""", newest);
        await api.Ready();
    }

    static Task Said(RiqProcess process, string text) => Eventually.True(() => process.Output.Contains(text, StringComparison.Ordinal), Limit, text);

    static async Task<(HttpStatusCode Code, string Text)> Get(RiqProcess process, string path)
    {
        // It may say something before it listens.
        await Eventually.True(process.Listens, Limit);
        using var answer = await process.Http.GetAsync(new Uri(path, UriKind.Relative));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    static async Task<string> Submit(RiqProcess api)
    {
        using var body = new StringContent("""{"operation":"jira.get_task","payload":{"task_id":"MD-1"},"max_retries":0}""", Encoding.UTF8, "application/json");
        using var answer = await api.Http.PostAsync(new Uri("/api/queue/submit", UriKind.Relative), body);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await RiqApi.Json(answer)).GetProperty("token").GetString()!;
    }
}
