using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Riq.Engine.Execution;
using Riq.Engine.Requests;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Execution;

/// <summary>A worker that dies, or only looks like it, in the middle of a call.</summary>
public sealed class LostWorkerTests
{
    [Fact]
    public async Task A_request_that_may_be_repeated_runs_again_on_another_worker_and_the_late_outcome_is_fenced_off()
    {
        await using var riq = await WithShortLeases();
        var lines = riq.NewLines();
        await riq.StartWorker("dying", lines);
        var held = HeldCalls.First(riq.Service);
        var token = await riq.Api.Submit("fake.safe_write", "again");
        await Eventually.True(() => held.Arrived == 1);

        lines.Cut();
        await riq.StartWorker("heir");
        var result = await riq.Api.End(token);
        Assert.Equal("completed", result.GetProperty("status").GetString());
        Assert.Equal(2, riq.Service.Calls.Count(c => c.Marker == token));
        var done = await riq.Stored(token);
        Assert.Equal((2, 0, 1, 1, "heir"), (done.Attempt, done.RetryCount, done.Deferrals, done.Crashes, done.Worker));

        // The first worker comes back from the dead with an outcome of its own.
        lines.Mend();
        held.Release();
        await Eventually.True(() => held.Ended == 1);
        var other = await riq.Api.Submit(text: "after it");
        await riq.Api.End(other);
        Assert.Equal(done, await riq.Stored(token));
        var attempts = (await riq.Api.Detail(token)).GetProperty("attempt_list").EnumerateArray().Select(a => (a.GetProperty("event").GetString(), a.GetProperty("worker").GetString()));
        Assert.Equal([("lease_lost", "dying"), ("succeeded", "heir")], attempts);
    }

    [Fact]
    public async Task A_write_that_must_not_be_repeated_ends_dead_with_an_unknown_outcome()
    {
        await using var riq = await WithShortLeases();
        var lines = riq.NewLines();
        await riq.StartWorker("dying", lines);
        var held = new HeldCalls(riq.Service, c => c.Payload.GetProperty("text").GetString() == "not twice");
        var token = await riq.Api.Submit("fake.write", "not twice");
        await Eventually.True(() => held.Arrived == 1);

        lines.Cut();
        await riq.StartWorker("heir");
        var result = await riq.Api.End(token);
        Assert.Equal("dead", result.GetProperty("status").GetString());
        var error = result.GetProperty("error");
        Assert.Equal("unknown", error.GetProperty("details").GetProperty("outcome").GetString());
        Assert.Equal(1, error.GetProperty("attempts").GetInt32());
        var dead = await riq.Stored(token);

        lines.Mend();
        held.Release();
        await riq.Api.End(await riq.Api.Submit(text: "something else"));
        await Eventually.True(() => held.Ended == 1);
        await riq.Api.End(await riq.Api.Submit(text: "and more"));
        Assert.Equal(dead, await riq.Stored(token));
        Assert.Single(riq.Service.Calls, c => c.Marker == token);
    }

    [Fact]
    public async Task A_call_that_hangs_for_ever_is_taken_over_and_holds_up_nobody_on_the_other_worker()
    {
        await using var riq = await WithShortLeases();
        riq.With("Services:fake:Concurrency", 1);
        await riq.StartWorker("worker-1");
        await riq.StartWorker("worker-2");
        var held = HeldCalls.First(riq.Service);
        var token = await riq.Api.Submit("fake.read", "hangs");
        await Eventually.True(() => held.Arrived == 1);

        Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        Assert.Equal(2, riq.Service.Calls.Count(c => c.Marker == token));
        held.Release();
    }

    [Fact]
    public async Task What_kills_its_worker_again_and_again_ends_dead()
    {
        await using var riq = await WithShortLeases();
        await riq.StartWorker();
        var held = new HeldCalls(riq.Service);
        var token = await riq.Api.Submit("fake.safe_write", "deadly", new { max_retries = 1 });
        // Deaths are played by ending the lease early; the sweeper and the worker do the rest.
        for (var death = 1; death <= 5; death++)
        {
            await Eventually.Value(() => riq.Stored(token), r => r.Status == "processing" && r.Crashes == death - 1);
            await riq.Database.Execute("update queue_requests set lease_until = now() - interval '1 second' where token = $1", token);
        }
        var dead = await Eventually.Value(() => riq.Stored(token), r => r.Status == "dead");
        Assert.Equal((5, 1, 3), (dead.Crashes, dead.RetryCount, dead.Deferrals));
        Assert.True(dead.Error.GetProperty("retries_exhausted").GetBoolean());
        held.Release();
    }

    [Fact]
    public async Task No_lease_is_taken_before_Postgres_has_been_there_for_the_longest_lease()
    {
        await using var riq = await WithShortLeases();
        riq.With("Services:fake:Timeout", "00:00:02");
        var worker = await riq.StartWorker();
        var held = HeldCalls.First(riq.Service);
        var token = await riq.Api.Submit("fake.read", "waits");
        await Eventually.True(() => held.Arrived == 1);
        var longest = worker.Services.GetRequiredService<ClaimStore>().LongestLease;
        Assert.Equal(TimeSpan.FromSeconds(3), longest);

        // The lease ends, but Postgres has just been away: the outcome may be on its way.
        riq.Postgres.Cut();
        await Eventually.True(async () => await riq.Database.Scalar<bool>("select seen_at < now() - interval '3.5 seconds' from leadership"));
        var backAt = await riq.Database.Scalar<DateTime>("select now()");
        await riq.Database.Execute("update queue_requests set lease_until = now() where token = $1", token);
        riq.Postgres.Restore();
        await Eventually.Value(() => riq.Stored(token), r => r.Attempt == 2);
        var lostAt = await riq.Database.Scalar<DateTime>("select ended_at from request_attempts a join queue_requests r on r.id = a.request_id where r.token = $1", token);
        Assert.InRange(lostAt - backAt, longest, longest + TimeSpan.FromSeconds(8));
        held.Release();
    }

    [Fact]
    public async Task A_new_leader_takes_leases_at_once_when_Postgres_has_been_there_all_the_time()
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartApi();
        var lines = riq.NewLines();
        await riq.StartWorker("dying leader", lines);
        var held = HeldCalls.First(riq.Service);
        var token = await riq.Api.Submit("fake.read", "waits");
        await Eventually.True(() => held.Arrived == 1);
        await Eventually.True(async () => await riq.Database.Execute("update leadership set steady_since = now() - interval '1 hour'") == 1);

        lines.Cut();
        await riq.StartWorker("new leader");
        await riq.Database.Execute("update queue_requests set lease_until = now() where token = $1", token);
        // Far less than the longest lease, which is that of 15 s.
        await Eventually.Value(() => riq.Stored(token), r => r.Attempt == 2, TimeSpan.FromSeconds(12));
        held.Release();
    }

    [Fact]
    public async Task An_attempt_whose_claim_took_too_long_is_given_back_without_a_call()
    {
        await using var riq = await RiqCluster.Create();
        var lines = riq.NewLines();
        var worker = await riq.StartWorker("slow", lines);
        await riq.StartApi();
        await riq.Api.End(await riq.Api.Submit(text: "warm"));
        var margin = worker.Services.GetRequiredService<Riq.Engine.RiqOptions>().LeaseMargin;

        lines.Postgres.FreezeAnswers();
        var token = await riq.Api.Submit(text: "late");
        await Eventually.Value(() => riq.Stored(token), r => r.Status == "processing");
        // The answer arrives when less than the operation's timeout is left of the lease.
        await Eventually.True(async () => await riq.Database.Scalar<bool>("select now() - started_at > $2 from queue_requests where token = $1", token, margin + TimeSpan.FromMilliseconds(200)));
        Assert.DoesNotContain(riq.Service.Calls, c => c.Marker == token);
        lines.Postgres.Thaw();

        Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        Assert.Single(riq.Service.Calls, c => c.Marker == token);
        var done = await riq.Stored(token);
        Assert.Equal((2, 0, 1), (done.Attempt, done.RetryCount, done.Deferrals));
    }

    static async Task<RiqCluster> WithShortLeases()
    {
        var riq = await RiqCluster.Create();
        riq.With("Services:fake:Timeout", "00:00:01");   // and 1 s of margin
        await riq.StartApi();
        return riq;
    }
}
