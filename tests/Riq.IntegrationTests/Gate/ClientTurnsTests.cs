using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Riq.Engine.Gate;
using Riq.Engine.Requests;
using Riq.Engine.Storage;
using Riq.IntegrationTests.Api;
using Riq.IntegrationTests.Cluster;
using Riq.IntegrationTests.Security;
using Riq.TestKit.Servers;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Gate;

/// <summary>A client with few requests behind one with thousands, at the same priority: it has its turns all the same.</summary>
public sealed class ClientTurnsTests
{
    const int Slots = 5, Held = 2 * Slots + 8, Few = 10;

    // Turn by turn, what ran before the first look, and what had its turn in vain.
    const int Fair = 2 * Few + Held;

    static async Task<(RiqCluster Riq, PacedCalls Calls)> Start(Action<RiqCluster>? change = null)
    {
        var riq = await RiqCluster.Create();
        change?.Invoke(riq);
        riq.With("ApiKeys:alpha", KeyedCluster.HashOf("a")).With("ApiKeys:beta", KeyedCluster.HashOf("b")).With("Services:fake:Concurrency", Slots).With("Services:fake:Timeout", "00:10:00");
        var calls = new PacedCalls(riq.Service);
        await riq.StartApi();
        return (riq, calls);
    }

    static async Task Submit(RiqCluster riq, string client, int count)
    {
        foreach (var batch in Enumerable.Range(0, count).Chunk(500))
        {
            var items = batch.Select(i => (JsonNode)new JsonObject { ["operation"] = "fake.write", ["payload"] = new JsonObject { ["text"] = $"{client}{i}" } }).ToArray();
            using var answer = await riq.Api.PostText(Calls.BatchPath, new JsonObject { ["items"] = new JsonArray(items) }.ToJsonString(), ("X-API-Key", client));
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        }
    }

    static ServiceGate Gate(WebApplication worker) => worker.Services.GetRequiredService<Gates>().Of("fake");

    static bool Waits(WebApplication worker, string client) => Gate(worker).ClientsWith(Priorities.Normal).ContainsKey(client);

    /// <summary>One call after the other ends, each when beta's next request is at hand, until so many of beta's have begun. Returns how many of alpha's have meanwhile.</summary>
    static async Task<int> UntilBetaHas(int count, PacedCalls calls, params WebApplication[] workers)
    {
        var before = calls.Of("a");
        while (calls.Of("b") < count)
        {
            await Eventually.True(() => calls.Of("b") >= count || workers.Any(w => Waits(w, "beta")), TimeSpan.FromSeconds(60));
            if (calls.Of("b") < count) await calls.Next();
        }
        return calls.Of("a") - before;
    }

    static Task FullOf(WebApplication worker, string client, int count = Held - Slots) => Eventually.True(() => Gate(worker).ClientsWith(Priorities.Normal).GetValueOrDefault(client) >= count, TimeSpan.FromSeconds(60));

    [Fact]
    public async Task Ten_requests_behind_five_thousand_of_another_client_take_turns_with_these()
    {
        var (cluster, calls) = await Start();
        await using var riq = cluster;
        var worker = await riq.StartWorker();
        await Submit(riq, "a", 5_000);
        await FullOf(worker, "alpha");
        await Submit(riq, "b", Few);

        Assert.InRange(await UntilBetaHas(Few, calls, worker), 0, Fair);
        calls.Release();
        // Their commands come later and find nothing to do.
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from queue_requests where status = 'completed' and client_id = 'beta'") == Few);
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from queue_requests where status <> 'completed'") == 0, TimeSpan.FromMinutes(3));
        Assert.Equal(5_000 + Few, riq.Service.Calls.Count);
        Assert.Empty(await riq.FaultQueues());
    }

    [Fact]
    public async Task A_worker_that_stops_in_the_middle_of_turns_leaves_them_to_the_next_one()
    {
        var (cluster, calls) = await Start();
        await using var riq = cluster;
        var first = await riq.StartWorker();
        await Submit(riq, "a", 1_000);
        await FullOf(first, "alpha");
        await Submit(riq, "b", Few);
        var ranBefore = await UntilBetaHas(Few / 2, calls, first);
        var stopping = riq.Stop(first);
        await Eventually.True(() => Gate(first).State == GateState.Closed);
        calls.Release(Slots);   // those under way end, and no others begin
        await stopping;
        var second = await riq.StartWorker("worker-2");

        Assert.InRange(ranBefore + await UntilBetaHas(Few, calls, second), 0, 2 * Fair);
        calls.Release();
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from queue_requests where status <> 'completed'") == 0, TimeSpan.FromMinutes(2));
        Assert.Equal(1_000 + Few, riq.Service.Calls.Count);
    }

    [Fact]
    public async Task Workers_divide_a_client_s_turns_among_themselves()
    {
        var (cluster, calls) = await Start();
        await using var riq = cluster;
        var workers = new[] { await riq.StartWorker(), await riq.StartWorker("worker-2"), await riq.StartWorker("worker-3") };
        await Eventually.True(() => workers.Select(w => Gate(w).Slots).Order().SequenceEqual([1, 2, 2]));
        await Submit(riq, "a", 1_000);
        foreach (var worker in workers) await FullOf(worker, "alpha");
        await Submit(riq, "b", Few);
        Assert.InRange(await UntilBetaHas(Few, calls, workers), 0, 2 * Few + 3 * Held);
        calls.Release();
    }

    [Fact]
    public async Task More_clients_than_a_worker_has_room_for_all_have_their_turns()
    {
        const int clients = 3 * Held;
        var (cluster, calls) = await Start(riq => { for (var c = 0; c < clients; c++) riq.With($"ApiKeys:client{c}", KeyedCluster.HashOf($"b{c}-")); });
        await using var riq = cluster;
        var worker = await riq.StartWorker();
        await Submit(riq, "a", 1_000);
        await FullOf(worker, "alpha");
        for (var c = 0; c < clients; c++) await Submit(riq, $"b{c}-", 3);

        var before = calls.Of("a");
        bool AllHaveRun() => Enumerable.Range(0, clients).All(c => calls.Of($"b{c}-") > 0);
        while (!AllHaveRun())
        {
            await Eventually.True(() => Gate(worker).ClientsWith(Priorities.Normal).Keys.Any(k => k != "alpha"), TimeSpan.FromSeconds(60));
            await calls.Next();
        }
        Assert.InRange(calls.Of("b"), clients, 2 * clients);   // none a third time before all had a first
        Assert.InRange(calls.Of("a") - before, 0, clients + Held);
        calls.Release();
    }

    [Fact]
    public async Task Commands_that_were_lost_and_are_sent_again_say_whose_they_are()
    {
        var (cluster, calls) = await Start();
        await using var riq = cluster;
        using (await riq.Api.PostText("/api/queue/submit", """{"operation":"fake.write","payload":{"text":"a"}}""", ("X-API-Key", "a"))) { }
        await Submit(riq, "a", 300);
        await Submit(riq, "b", Few);
        await Eventually.True(async () => await riq.Broker.Messages("riq.fake.normal") == 301 + Few);
        await riq.Broker.DeleteQueue("riq.fake.normal");
        var worker = await riq.StartWorker();
        await FullOf(worker, "alpha", 1);
        Assert.False(Waits(worker, ""));
        Assert.InRange(await UntilBetaHas(Few, calls, worker), 0, Fair);
        Assert.False(Waits(worker, ""));
        calls.Release();
    }

    [Fact]
    public async Task Every_client_is_found_however_many_wait_and_none_that_is_alone()
    {
        await using var database = await TestDatabase.Create();
        await using var connections = new Database(database.ConnectionString);
        var waiting = new WaitingClients(connections);
        Task<TurnCandidates> Next(string after) => waiting.Next("fake", "normal", after, most: 50, requests: 100, CancellationToken.None);
        await Insert(database, "c000", 5);
        Assert.Empty((await Next("")).Next);
        for (var c = 1; c < 120; c++) await Insert(database, $"c{c:000}", 3);

        var first = await Next("");
        Assert.Equal(50, first.Clients.Count);
        Assert.Equal(100, first.Next.Count);
        var second = await Next(first.Clients.Max(StringComparer.Ordinal)!);
        var third = await Next(second.Clients.Max(StringComparer.Ordinal)!);
        Assert.Equal(120, first.Clients.Concat(second.Clients).Concat(third.Clients).Distinct().Count());
        Assert.Equal(20, third.Clients.Count);
    }

    static Task<int> Insert(TestDatabase database, string client, int count) => database.Execute("""
        insert into queue_requests(id, client_id, operation, service, payload, priority, status, payload_hash, created_at, updated_at, sent_at,
          retry_count, max_retries, attempt, fire_and_forget, ready, pending_dependencies, deferrals, crashes, next_step, version)
        select gen_random_uuid(), $1, 'fake.read', 'fake', '{}', 'normal', 'queued', '', now(), now(), now(), 0, 3, 1, false, true, 0, 0, 0, 'execute', 1 from generate_series(1, $2)
        """, client, count);
}
