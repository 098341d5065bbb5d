using System.Globalization;
using Riq.Contracts;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Execution;

/// <summary>What follows from each way of failing, as the rows show it.</summary>
public sealed class RetryTests
{
    [Fact]
    public async Task The_waits_between_attempts_double_with_jitter_of_up_to_a_half_and_then_the_request_is_dead()
    {
        await using var riq = await RiqCluster.Start();   // base delay 50 ms
        riq.Service.Answer = (_, _) => Task.FromResult(FakeService.Fail(ErrorCodes.ServiceUnavailable, "try later", status: 503));
        var token = await riq.Api.Submit("fake.read", more: new { max_retries = 3 });
        var seen = new SortedDictionary<int, StoredRequest>();
        await Eventually.True(async () =>
        {
            var row = await riq.Stored(token);
            if (row.NextRetryAt is not null) seen[row.RetryCount] = row;
            return row.Status == "dead";
        });

        Assert.Equal([1, 2, 3], seen.Keys);
        foreach (var (count, row) in seen)
        {
            var delay = TimeSpan.FromMilliseconds(50 * Math.Pow(2, count));
            Assert.InRange((row.NextRetryAt!.Value - row.UpdatedAt).TotalMilliseconds, delay.TotalMilliseconds - 0.1, delay.TotalMilliseconds * 1.5 + 0.1);
            Assert.Equal(("queued", count + 1, "retry", row.NextRetryAt), (row.Status, row.Attempt, row.WaitingFor, row.SentAt));
        }
        var dead = await riq.Stored(token);
        Assert.Equal((4, 3), (dead.Attempt, dead.RetryCount));
        Assert.True(dead.Error.GetProperty("retries_exhausted").GetBoolean());
        Assert.Equal(4, riq.Service.Calls.Count);
        await AssertNoneStartedEarly(riq, token);
    }

    [Fact]
    public async Task Attempts_and_timeline_tell_the_whole_story()
    {
        // Every change counts here, also that of a claim which a busy machine answers too late.
        await using var riq = (await RiqCluster.Create()).With("LeaseMargin", "00:00:30");
        await riq.StartWorker();
        await riq.StartApi();
        var calls = 0;
        riq.Service.Answer = (call, _) => Task.FromResult(Interlocked.Increment(ref calls) switch
        {
            1 => FakeService.Fail(ErrorCodes.ServiceUnavailable, "first", status: 503),
            2 => FakeService.Fail(ErrorCodes.RateLimited, "second", status: 429),
            _ => FakeService.Ok(call.Payload),
        });
        var token = await riq.Api.Submit("fake.read");
        var result = await riq.Api.End(token);
        Assert.Equal((3, 1, 1), (result.GetProperty("attempts").GetInt32(), result.GetProperty("retry_count").GetInt32(), result.GetProperty("deferrals").GetInt32()));

        var detail = await riq.Api.Detail(token);
        var attempts = detail.GetProperty("attempt_list").EnumerateArray().ToArray();
        Assert.Equal(["attempt_failed", "rate_limited", "succeeded"], attempts.Select(a => a.GetProperty("event").GetString()));
        Assert.Equal([1, 2, 3], attempts.Select(a => a.GetProperty("number").GetInt32()));
        Assert.Equal([503, 429], attempts.Take(2).Select(a => a.GetProperty("http_status").GetInt32()));
        Assert.Equal(["first", "second"], attempts.Take(2).Select(a => a.GetProperty("error").GetProperty("message").GetString()));
        Assert.All(attempts, a => Assert.Equal("worker-1", a.GetProperty("worker").GetString()));
        Assert.All(attempts, a => Assert.True(Time(a, "started_at") <= Time(a, "ended_at")));

        var timeline = detail.GetProperty("timeline").EnumerateArray().ToArray();
        Assert.Equal(["accepted", "started", "attempt_failed", "started", "rate_limited", "started", "succeeded"], timeline.Select(t => t.GetProperty("event").GetString()));
        Assert.Equal(["queued", "processing", "queued", "processing", "queued", "processing", "completed"], timeline.Select(t => t.GetProperty("status").GetString()));
        Assert.Equal(Enumerable.Range(1, 7), timeline.Select(t => t.GetProperty("version").GetInt32()));
    }

    [Fact]
    public async Task A_longer_Retry_After_wins_over_the_schedule_and_a_shorter_one_does_not()
    {
        await using var riq = await RiqCluster.Start();
        var calls = 0;
        riq.Service.Answer = (call, _) => Task.FromResult(Interlocked.Increment(ref calls) switch
        {
            1 => FakeService.Fail(ErrorCodes.ServiceUnavailable, retryAfter: TimeSpan.FromSeconds(1)),
            2 => FakeService.Fail(ErrorCodes.ServiceUnavailable, retryAfter: TimeSpan.FromMilliseconds(1)),
            _ => FakeService.Ok(call.Payload),
        });
        var token = await riq.Api.Submit("fake.read");
        var first = await Eventually.Value(() => riq.Stored(token), r => r.RetryCount == 1 && r.NextRetryAt is not null);
        Assert.Equal(TimeSpan.FromSeconds(1), first.NextRetryAt - first.UpdatedAt);
        Assert.Equal(1, first.Error.GetProperty("retry_after").GetDouble());
        var second = await Eventually.Value(() => riq.Stored(token), r => r.RetryCount == 2 && (r.NextRetryAt is not null || r.Status == "completed"));
        if (second.NextRetryAt is { } next) Assert.InRange((next - second.UpdatedAt).TotalMilliseconds, 199.9, 300.1);
        await riq.Api.End(token);
        await AssertNoneStartedEarly(riq, token);
        var waits = await riq.Database.List("select extract(epoch from b.started_at - a.ended_at)::float8 from request_attempts a join request_attempts b on b.attempt = a.attempt + 1 order by a.attempt", r => r.GetDouble(0));
        Assert.True(waits[0] >= 1 && waits[1] >= 0.2, string.Join(", ", waits));
    }

    [Theory]
    [InlineData(ErrorCodes.ValidationError)]
    [InlineData(ErrorCodes.NotFound)]
    [InlineData(ErrorCodes.Forbidden)]
    public async Task A_permanent_error_fails_at_once_and_is_not_repeated(string code)
    {
        await using var riq = await RiqCluster.Start();
        riq.Service.Answer = (_, _) => Task.FromResult(FakeService.Fail(code, "no"));
        var result = await riq.Api.End(await riq.Api.Submit());
        Assert.Equal(("failed", code), (result.GetProperty("status").GetString(), result.GetProperty("error").GetProperty("code").GetString()));
        Assert.False(result.GetProperty("error").GetProperty("retries_exhausted").GetBoolean());
        Assert.Equal((0, 1), (result.GetProperty("retry_count").GetInt32(), result.GetProperty("attempts").GetInt32()));
        Assert.Single(riq.Service.Calls);
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from outbox") == 0);
    }

    [Fact]
    public async Task Without_retries_the_first_failure_is_the_last()
    {
        await using var riq = await RiqCluster.Start();
        riq.Service.Answer = (_, _) => Task.FromResult(FakeService.Fail(ErrorCodes.ServiceUnavailable));
        var token = await riq.Api.Submit("fake.read", more: new { max_retries = 0 });
        Assert.Equal("dead", (await riq.Api.End(token)).GetProperty("status").GetString());
        Assert.Equal((1, 1), ((await riq.Stored(token)).Attempt, riq.Service.Calls.Count));
    }

    [Fact]
    public async Task Answers_of_429_use_up_no_retry_however_many_come()
    {
        await using var riq = await RiqCluster.Start();
        var calls = 0;
        riq.Service.Answer = (call, _) => Task.FromResult(Interlocked.Increment(ref calls) <= 4 ? FakeService.Fail(ErrorCodes.RateLimited, status: 429, retryAfter: TimeSpan.FromMilliseconds(20)) : FakeService.Ok(call.Payload));
        // No retries at all: any failure that counted would end it.
        var token = await riq.Api.Submit("fake.write", more: new { max_retries = 0 });
        Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        var done = await riq.Stored(token);
        Assert.Equal((5, 0, 4), (done.Attempt, done.RetryCount, done.Deferrals));
        await AssertNoneStartedEarly(riq, token);
    }

    static async Task AssertNoneStartedEarly(RiqCluster riq, string token)
    {
        var starts = await riq.Database.List("select a.started_at, a.ended_at from request_attempts a join queue_requests r on r.id = a.request_id where r.token = $1 order by a.attempt",
            r => (Start: r.GetDateTime(0), End: r.GetDateTime(1)), token);
        Assert.True(starts.Count > 1);
        // The shortest first wait there is: 2 · base.
        foreach (var (before, after) in starts.Zip(starts.Skip(1))) Assert.True(after.Start - before.End >= TimeSpan.FromMilliseconds(100), $"{after.Start:O} is too soon after {before.End:O}");
    }

    static DateTimeOffset Time(System.Text.Json.JsonElement e, string name) => DateTimeOffset.Parse(e.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);
}
