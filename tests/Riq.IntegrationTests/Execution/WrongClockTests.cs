using Microsoft.Extensions.DependencyInjection;
using Riq.Contracts;
using Riq.Engine.Gate;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Execution;

/// <summary>The clock of a process is an hour off: what matters goes by Postgres' clock, or by how long something took.</summary>
public sealed class WrongClockTests
{
    static WrongClock Off(int hours) => new(TimeSpan.FromHours(hours));

    [Theory, InlineData(1), InlineData(-1)]
    public async Task A_retry_is_as_late_as_it_should_be_and_the_lease_as_long(int hours)
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Services:fake:RetryBaseDelay", "00:00:00.500");
        await riq.StartApi();
        await riq.StartWorker(clock: Off(hours));
        var held = new HeldCalls(riq.Service, _ => riq.Service.Calls.Count == 2);
        var answer = riq.Service.Answer;
        riq.Service.Answer = (call, c) => riq.Service.Calls.Count == 1 ? Task.FromResult(FakeService.Fail(ErrorCodes.ServiceUnavailable)) : answer(call, c);

        var token = await riq.Api.Submit("fake.read", more: new { expires_in = 1800 });
        await Eventually.True(() => held.Arrived == 1);
        var lease = await riq.Database.Scalar<double>("select extract(epoch from lease_until - started_at)::float8 from queue_requests where token = $1", token);
        Assert.Equal(16, lease, 3);   // the operation's 15 s and 1 s of margin
        held.Release();
        Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());

        var waited = await riq.Database.Scalar<double>("select extract(epoch from max(started_at) - min(ended_at))::float8 from request_attempts where request_id = (select id from queue_requests where token = $1)", token);
        Assert.InRange(waited, 1, 10);   // 2 × 0.5 s
        Assert.Equal((2, 1, 0, 0), ((await riq.Stored(token)).Attempt, (await riq.Stored(token)).RetryCount, (await riq.Stored(token)).Deferrals, (await riq.Stored(token)).Crashes));
    }

    [Theory, InlineData(1), InlineData(-1)]
    public async Task Nothing_is_taken_for_lost_or_expired_by_a_leader_whose_clock_is_wrong(int hours)
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartApi();
        var worker = await riq.StartWorker(clock: Off(hours));
        await Eventually.True(async () => await riq.Database.Execute("update leadership set steady_since = now() - interval '1 hour'") == 1);
        var held = HeldCalls.First(riq.Service);
        var running = await riq.Api.Submit("fake.write", "running");
        await Eventually.True(() => held.Arrived == 1);
        var paused = riq.Service.Calls.Count;
        using (await riq.Api.Post("/api/queue/services/fake/pause", new { })) { }
        await Eventually.True(() => worker.Services.GetRequiredService<Gates>().Of("fake").State == GateState.Blocked);
        var waiting = await riq.Api.Submit("fake.read", "waiting", new { expires_in = 1800 });
        var expiring = await riq.Api.Submit("fake.read", "expiring", new { expires_in = 1 });

        // The leader is at work: what has really expired is ended by it.
        Assert.Equal("EXPIRED", (await riq.Api.End(expiring)).GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("queued", await riq.Api.Status(waiting));
        Assert.Equal(("processing", 0), ((await riq.Stored(running)).Status, (await riq.Stored(running)).Crashes));
        held.Release();
        Assert.Equal("completed", (await riq.Api.End(running)).GetProperty("status").GetString());
        using (await riq.Api.Post("/api/queue/services/fake/resume", new { })) { }
        Assert.Equal("completed", (await riq.Api.End(waiting)).GetProperty("status").GetString());
        Assert.Equal(paused + 1, riq.Service.Calls.Count);
    }

    [Theory, InlineData(1), InlineData(-1)]
    public async Task An_API_whose_clock_is_wrong_stores_the_times_of_the_database(int hours)
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartApi(Off(hours));
        await riq.StartWorker();
        var token = await riq.Api.Submit("fake.read", more: new { expires_in = 600 });
        Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        Assert.True(await riq.Database.Scalar<bool>("select created_at between now() - interval '1 minute' and now() and expires_at - created_at = interval '600 seconds' and completed_at >= created_at from queue_requests where token = $1", token));
    }
}
