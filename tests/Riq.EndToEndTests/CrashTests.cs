using System.Collections.Concurrent;
using Riq.TestKit.Processes;
using Riq.TestKit.Servers;
using Riq.TestKit.Waiting;

namespace Riq.EndToEndTests;

/// <summary>kill -9 and restarts in the middle of work: nothing acknowledged is lost, nothing takes effect twice.</summary>
public sealed class CrashTests
{
    const int Creates = 300;
    const int Connections = 16;

    [Fact]
    public async Task Every_acknowledged_create_survives_killed_workers_a_killed_api_and_a_restarted_broker_and_none_takes_effect_twice()
    {
        await using var broker = await LocalServer.RabbitMq();
        await using var riq = await RiqInstallation.Create();
        riq.With("Riq__RabbitMq", $"amqp://guest:guest@127.0.0.1:{broker.Port}/").With("Simulator__LatencyScale", "0.3")
            .With("Riq__LeaseMargin", "00:00:02").With("Riq__SweepInterval", "00:00:00.200").With("Riq__LostAfter", "00:00:03").With("Riq__OutboxClaim", "00:00:03")
            .With("Riq__Services__jira__Timeout", "00:00:04").With("Riq__Services__jira__Concurrency", "8")
            .With("Riq__Services__jira__QuietPeriod", "00:00:06").With("Simulator__IndexLagScale", "0.05");
        await riq.StartSimulator();
        var api = await riq.StartApi();
        var worker = await riq.StartWorker();
        var client = new Client(api.Http);
        var acknowledged = new ConcurrentDictionary<int, string>();
        var submitting = SubmitAll(client, acknowledged);

        await Eventually.True(() => acknowledged.Count >= 40);
        await worker.Kill();
        await worker.Restart();
        await Eventually.True(() => acknowledged.Count >= 120);
        await api.Kill();
        await api.Restart();
        await Eventually.True(() => acknowledged.Count >= 200);
        await worker.Kill();
        await broker.Stop();
        await broker.Start();
        await worker.Restart();
        await submitting;

        var ends = await Task.WhenAll(acknowledged.Values.Select(t => client.End(t, TimeSpan.FromMinutes(2))));
        var effects = await new Simulator(riq.Simulator.Http).Effects();
        Assert.Equal(Creates, acknowledged.Values.Distinct().Count());
        Assert.DoesNotContain(effects, e => e.Value.Length > 1);
        foreach (var end in ends)
        {
            Assert.Equal("completed", end.GetProperty("status").GetString());
            Assert.Single(effects[end.GetProperty("token").GetString()!]);
        }
    }

    static async Task SubmitAll(Client client, ConcurrentDictionary<int, string> acknowledged)
    {
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
        {
            for (int n; (n = Interlocked.Increment(ref next)) < Creates;) acknowledged[n] = await client.Submit(Client.CreateTask($"Task {n}"), $"crash-{n}");
        }));
    }

    [Fact]
    public async Task Killed_postgres_costs_no_acknowledged_request()
    {
        await using var postgres = await LocalServer.Postgres();
        await using var riq = await RiqInstallation.Create();
        var connection = $"Host=127.0.0.1;Port={postgres.Port};Username=postgres;Database=postgres";
        await Engine.Storage.Database.Migrate(connection, CancellationToken.None);
        riq.With("Riq__Postgres", connection).With("Riq__LeaseMargin", "00:00:05").With("Riq__SweepInterval", "00:00:00.200").With("Riq__LostAfter", "00:00:02").With("Riq__OutboxClaim", "00:00:03").With("Simulator__LatencyScale", "0.1");
        await riq.StartSimulator();
        var api = await riq.StartApi();
        await riq.StartWorker();
        var client = new Client(api.Http);
        var tokens = new ConcurrentBag<string>();
        var submitting = Task.WhenAll(Enumerable.Range(0, 8).Select(async c =>
        {
            for (var n = 0; n < 25; n++)
            {
                var key = $"postgres-{c}-{n}";
                tokens.Add(await Eventually.Value(() => SubmitOrAway(client, key), t => t is not null, TimeSpan.FromSeconds(60)) ?? "");
            }
        }));

        await Eventually.True(() => tokens.Count > 50);
        await postgres.Kill();
        await postgres.Start();
        await submitting;

        foreach (var end in await Task.WhenAll(tokens.Select(t => client.End(t, TimeSpan.FromMinutes(2))))) Assert.Equal("completed", end.GetProperty("status").GetString());
        Assert.DoesNotContain(await new Simulator(riq.Simulator.Http).Effects(), e => e.Value.Length > 1);
        Assert.Equal(200, tokens.Distinct().Count());
    }

    // 503 says: come back with the same key.
    static async Task<string?> SubmitOrAway(Client client, string key)
    {
        try { return await client.Submit(Client.CreateTask(key), key); }
        catch (InvalidOperationException e) when (e.Message.Contains(" 503", StringComparison.Ordinal)) { return null; }
    }

    [Fact]
    public async Task A_stopped_worker_finishes_what_it_runs_and_hands_back_the_rest()
    {
        await using var riq = await RiqInstallation.Create();
        riq.With("Simulator__LatencyScale", "1").With("Riq__Services__jira__Concurrency", "4");
        await riq.StartSimulator();
        var api = await riq.StartApi();
        var worker = await riq.StartWorker();
        var client = new Client(api.Http);
        var tokens = await Task.WhenAll(Enumerable.Range(0, 40).Select(n => client.Submit(Client.CreateTask($"Task {n}"))));
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from queue_requests where status = 'completed'") >= 4);

        Assert.Equal(0, await worker.Terminate());
        Assert.Equal(0, await riq.Database.Scalar<long>("select count(*) from queue_requests where status = 'processing'"));
        await riq.StartWorker();

        foreach (var end in await Task.WhenAll(tokens.Select(t => client.End(t)))) Assert.Equal("completed", end.GetProperty("status").GetString());
        Assert.All(await new Simulator(riq.Simulator.Http).Effects(), e => Assert.Single(e.Value));
        Assert.Equal(0, await riq.Database.Scalar<long>("select count(*) from queue_requests where retry_count > 0"));
    }
}
