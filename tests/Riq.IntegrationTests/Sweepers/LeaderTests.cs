using Microsoft.Extensions.DependencyInjection;
using Riq.Engine.Sweepers;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Sweepers;

/// <summary>One worker of all sweeps; two that do so do no harm.</summary>
public sealed class LeaderTests
{
    const string Leaders = "select count(distinct pid) from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())";

    [Fact]
    public async Task One_of_two_workers_leads_and_when_it_stops_the_other_takes_over()
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartApi();
        var first = await riq.StartWorker("first");
        await Eventually.True(async () => await riq.Database.Scalar<long>(Leaders) == 1);
        var pid = await LeaderPid(riq);
        await riq.StartWorker("second");
        await riq.Api.End(await riq.Api.Submit());
        Assert.Equal(pid, await LeaderPid(riq));

        await riq.Stop(first);
        await Eventually.True(async () => await riq.Database.Scalar<long>(Leaders) == 1 && await LeaderPid(riq) != pid);
        // And it does the work: statistics become fresh again.
        var at = await riq.Database.Scalar<DateTime>("select now()");
        await Eventually.True(async () => await riq.Database.Scalar<bool>("select min(updated_at) > $1 from queue_stats", at));
    }

    [Fact]
    public async Task A_leader_whose_connection_is_cut_is_replaced()
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartApi();
        var lines = riq.NewLines();
        await riq.StartWorker("first", lines);
        await Eventually.True(async () => await riq.Database.Scalar<long>(Leaders) == 1);
        var pid = await LeaderPid(riq);
        await riq.StartWorker("second");
        lines.Cut();
        await Eventually.True(async () => await riq.Database.Scalar<long>(Leaders) == 1 && await LeaderPid(riq) != pid);
    }

    [Fact]
    public async Task Every_sweep_is_harmless_when_two_workers_make_it_at_the_same_time()
    {
        await using var riq = await RiqCluster.Create();
        riq.RabbitMq.Cut();   // nothing but the sweeps moves
        await riq.StartApi();
        var workers = new[] { await riq.StartWorker("old leader"), await riq.StartWorker("new leader") };
        var expired = await Submit(riq, 20, new { expires_in = 3600 });
        var lostReads = await Submit(riq, 20);
        await riq.Database.Execute("update queue_requests set expires_at = now() where expires_at is not null");
        await riq.Database.Execute("update queue_requests set status = 'processing', claim_id = gen_random_uuid(), started_at = now(), lease_until = now() - interval '1 minute', version = version + 1 where expires_at is null");

        var sweeps = from worker in workers from sweeper in worker.Services.GetServices<ISweeper>() where sweeper.Name is "leases" or "expiry" or "statistics" select sweeper;
        await Task.WhenAll(Enumerable.Repeat(sweeps, 3).SelectMany(s => s).Select(s => Task.Run(() => s.Sweep(TimeSpan.FromHours(1), CancellationToken.None))));

        Assert.All(await Task.WhenAll(expired.Select(riq.Stored)), r => Assert.Equal(("failed", "EXPIRED", 2L, 1), (r.Status, r.ErrorCode, r.Version, r.Attempt)));
        Assert.All(await Task.WhenAll(lostReads.Select(riq.Stored)), r => Assert.Equal(("queued", 3L, 2, 1), (r.Status, r.Version, r.Attempt, r.Crashes)));
        Assert.Equal(20, await riq.Database.Scalar<long>("select count(*) from request_attempts"));
    }

    [Fact]
    public async Task Lost_messages_are_sent_once_although_two_workers_look_for_them()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Services:fake:Concurrency", 1).With("SweepInterval", "00:10:00");
        await riq.StartApi();
        var workers = new[] { await riq.StartWorker("old leader"), await riq.StartWorker("new leader") };
        var held = new HeldCalls(riq.Service);
        await Submit(riq, 2);
        await Eventually.True(() => held.Arrived == 2);
        riq.RabbitMq.Cut();
        var tokens = await Submit(riq, 10);
        await riq.Database.Execute("delete from outbox");
        riq.RabbitMq.Restore();
        await riq.Database.Execute("update queue_requests set sent_at = now() - interval '1 hour' where status = 'queued'");

        var sweeps = workers.SelectMany(w => w.Services.GetServices<ISweeper>()).Where(s => s.Name == "lost_messages").ToArray();
        Assert.Equal(2, sweeps.Length);
        // As soon as both are connected again and the held messages are with the workers.
        await Eventually.True(async () =>
        {
            try { await Task.WhenAll(sweeps.Select(s => s.Sweep(TimeSpan.FromHours(1), CancellationToken.None))); }
            catch (Riq.Engine.Outbox.BrokerAwayException) { return false; }
            return await riq.Database.Scalar<long>("select count(*) from queue_requests where sent_at > updated_at") == 10;
        });
        var sent = await Task.WhenAll(tokens.Select(riq.Stored));
        await Task.WhenAll(sweeps.Select(s => s.Sweep(TimeSpan.FromHours(1), CancellationToken.None)));
        Assert.Equal(sent, await Task.WhenAll(tokens.Select(riq.Stored)));
        held.Release();
        foreach (var token in tokens) Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        Assert.Equal(12, riq.Service.Calls.Count);
    }

    static Task<string[]> Submit(RiqCluster riq, int count, object? more = null) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(i => riq.Api.Submit("fake.read", $"n{i}", more)));

    static Task<int> LeaderPid(RiqCluster riq) =>
        riq.Database.Scalar<int>("select coalesce(min(pid), 0) from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())");
}
