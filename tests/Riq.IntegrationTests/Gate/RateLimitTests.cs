using Riq.Contracts;
using Riq.Engine;
using Riq.Engine.Gate;
using Riq.Engine.Storage;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Gate;

/// <summary>The rate limit of a service, kept by all its workers together.</summary>
public sealed class RateLimitTests
{
    const int PerMinute = 600, Burst = 5;
    static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    static async Task<RiqCluster> Limited(int perMinute = PerMinute, int burst = Burst) =>
        (await RiqCluster.Create()).With("Services:fake:Rate", perMinute).With("Services:fake:Burst", burst);

    /// <summary>In no span of time are there more calls than the bucket gives, but for those whose token was leased a moment before.</summary>
    static void AssertWithin(IReadOnlyCollection<DateTimeOffset> calls, double perMinute, int burst)
    {
        var times = calls.Order().ToArray();
        for (var i = 0; i < times.Length; i++)
            for (var j = i; j < times.Length; j++)
            {
                var permitted = burst + perMinute * ((times[j] - times[i]) + TokenLeaser.ValidFor).TotalMinutes + 1;
                Assert.True(j - i + 1 <= permitted, $"{j - i + 1} calls within {(times[j] - times[i]).TotalSeconds:0.00} s; {permitted:0.0} are permitted");
            }
    }

    static bool SaysUntilWhen(System.Text.Json.JsonElement result) => result.TryGetProperty("waiting_for", out var why) && why.GetString() == "rate_limit"
        && result.GetProperty("blocked_by") is var block && block.GetProperty("reason").GetString() == "rate_limit" && block.TryGetProperty("until", out _);

    static TimeSpan LongestIdle(IReadOnlyCollection<DateTimeOffset> calls) => calls.Order().Zip(calls.Order().Skip(1), (a, b) => b - a).DefaultIfEmpty().Max();

    [Fact]
    public async Task Three_workers_together_stay_within_rate_and_burst_and_are_never_idle_while_work_waits()
    {
        await using var riq = await Limited();
        await riq.StartApi();
        for (var w = 1; w <= 3; w++) await riq.StartWorker($"worker-{w}");
        await riq.AllComplete(await Task.WhenAll(Enumerable.Range(0, 60).Select(i => riq.Api.Submit(text: $"n{i}"))));
        Assert.Equal(60, riq.Service.Calls.Count);
        AssertWithin(riq.Service.CallTimes, PerMinute, Burst);
        Assert.InRange(LongestIdle(riq.Service.CallTimes), TimeSpan.Zero, 2 * Second);
        Assert.Equal(0, await riq.Database.Scalar<long>("select sum(deferrals + retry_count)::bigint from queue_requests"));
    }

    [Fact]
    public async Task A_refusal_of_the_service_stops_every_worker_until_its_Retry_After_is_over_and_costs_no_retry()
    {
        await using var riq = await Limited(burst: 10);
        await riq.StartApi();
        for (var w = 1; w <= 2; w++) await riq.StartWorker($"worker-{w}");
        DateTimeOffset? refusedAt = null;
        var calls = 0;
        riq.Service.Answer = (call, _) =>
        {
            if (Interlocked.Increment(ref calls) != 8) return Task.FromResult(FakeService.Ok(call.Payload));
            refusedAt = TimeProvider.System.GetUtcNow();
            return Task.FromResult(FakeService.Fail(ErrorCodes.RateLimited, status: 429, retryAfter: TimeSpan.FromSeconds(4)));
        };
        var tokens = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => riq.Api.Submit(text: $"n{i}", more: new { max_retries = 0 })));
        await Eventually.True(() => refusedAt is not null);

        // The API looks at most once a second.
        await Eventually.True(async () => (await Task.WhenAll(tokens.Select(t => riq.Api.Result(t)))).Any(SaysUntilWhen));
        await riq.AllComplete(tokens);
        Assert.DoesNotContain(riq.Service.CallTimes, t => t > refusedAt + Second && t < refusedAt + TimeSpan.FromSeconds(4));
        Assert.Equal(0, await riq.Database.Scalar<long>("select sum(retry_count)::bigint from queue_requests"));
        Assert.InRange(riq.Service.CallTimes.Where(t => t > refusedAt + Second).Min() - refusedAt!.Value, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(6));
    }

    [Fact]
    public async Task A_worker_that_can_not_reach_the_bucket_calls_nothing_a_second_later()
    {
        await using var riq = await Limited(burst: 2);
        await riq.StartApi();
        var lines = riq.NewLines();
        await riq.StartWorker("worker-1", lines);
        var tokens = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => riq.Api.Submit(text: $"n{i}")));
        await Eventually.True(() => riq.Service.Calls.Count >= 5);
        lines.Postgres.Cut();
        var cutAt = TimeProvider.System.GetUtcNow();
        var after = await Eventually.Value(() => Task.FromResult(TimeProvider.System.GetUtcNow() - cutAt), past => past > TimeSpan.FromSeconds(2.5));
        Assert.DoesNotContain(riq.Service.CallTimes, t => t > cutAt + Second && t < cutAt + after);
        lines.Postgres.Restore();
        await riq.AllComplete(tokens);
        Assert.Empty(await riq.FaultQueues());
    }

    [Fact]
    public async Task Tokens_of_deliveries_that_come_to_nothing_are_not_lost()
    {
        // One token a minute comes; three are there.
        await using var riq = await Limited(perMinute: 1, burst: 3);
        await riq.StartApi();
        await riq.StartWorker();
        await riq.AllComplete([await riq.Api.Submit()]);
        var token = (await riq.Database.List("select token from queue_requests", r => r.GetString(0))).Single();
        for (var i = 0; i < 10; i++) await riq.SendExecute(token, 1);
        await Eventually.True(async () => await riq.Broker.Messages("riq.fake.normal") == 0);
        await riq.AllComplete([await riq.Api.Submit(text: "second"), await riq.Api.Submit(text: "third")]);
        Assert.Equal(3, riq.Service.Calls.Count);
    }

    [Fact]
    public async Task The_more_urgent_go_first_as_tokens_come()
    {
        await using var riq = await Limited(perMinute: 300, burst: 1);
        await riq.StartApi();
        var low = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => riq.Api.Submit(text: $"low {i}", more: new { priority = "low" })));
        var high = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => riq.Api.Submit(text: $"high {i}", more: new { priority = "high" })));
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from outbox") == 0);
        await riq.StartWorker();
        await riq.AllComplete([.. low, .. high]);
        var order = riq.Service.Calls.Select(c => c.Payload.GetProperty("text").GetString()![..3]).ToArray();
        // The first tokens may meet a gate that has only low ones yet.
        Assert.InRange(order.Take(12).Count(t => t == "hig"), 9, 10);
    }

    [Fact]
    public async Task However_many_lease_at_once_no_token_is_granted_twice_and_none_while_the_service_is_held_or_stopped()
    {
        await using var database = await TestKit.Servers.TestDatabase.Create();
        await using var connections = new Database(database.ConnectionString);
        var store = new ServiceStateStore(connections, new());
        RateOptions rate = new(60, 30);
        var granted = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => store.Lease("jira", rate, 1 + i % 3, 0)));
        Assert.InRange(granted.Sum(g => g.Granted), 30, 33);   // and what came meanwhile
        Assert.Equal(5, (await store.Lease("jira", rate, 5, unused: 5)).Granted);
        Assert.InRange((await store.Lease("jira", rate, 100, unused: 1000)).Granted, 30, 30);

        async Task None(Func<ServiceState, ServiceState> change, Func<ServiceState, ServiceState> back)
        {
            await store.Change("jira", change, default);
            Assert.Equal(0, (await store.Lease("jira", rate, 5, unused: 5)).Granted);
            await store.Change("jira", back, default);
            Assert.Equal(5, (await store.Lease("jira", rate, 5, unused: 0)).Granted);
        }
        await None(s => s with { Rate = s.Rate with { HeldUntil = s.Now.AddSeconds(60) } }, s => s with { Rate = s.Rate with { HeldUntil = s.Now } });
        await None(s => s with { Pause = new("anna", s.Now, null, null) }, s => s with { Pause = null });
        await None(s => s with { Circuit = s.Circuit with { Phase = CircuitPhase.Open } }, s => s with { Circuit = s.Circuit with { Phase = CircuitPhase.Closed } });

        // Lowered by the service, and set by an operator.
        await store.Change("jira", s => s with { Rate = s.Rate with { LoweredTo = 6, LoweredUntil = s.Now.AddMinutes(1), Tokens = 0, FilledAt = s.Now.AddSeconds(-20) } }, default);
        Assert.Equal(2, (await store.Lease("jira", rate, 9, 0)).Granted);
        await store.Change("jira", s => s with { Rate = RateState.Full with { Override = new(600, 40, null, "anna") } }, default);
        Assert.Equal(40, (await store.Lease("jira", rate, 100, 0)).Granted);
    }
}
