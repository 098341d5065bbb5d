using System.Text.Json;
using Riq.Contracts;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;
using Xunit;

namespace Riq.IntegrationTests.Execution;

/// <summary>What becomes of a write whose answer got lost, when the service can be asked for its effect.</summary>
public sealed class ClearingUpTests
{
    static AdapterResult<JsonElement> NoAnswer => FakeService.Fail(ErrorCodes.Timeout, "No answer.", unclear: true);

    static async Task<RiqCluster> Start(params (string Name, string Value)[] settings)
    {
        var riq = await RiqCluster.Create();
        riq.With("Services:fake:Timeout", "00:00:01").With("Services:fake:QuietPeriod", "00:00:00.500");
        foreach (var (name, value) in settings) riq.With(name, value);
        await riq.StartWorker();
        await riq.StartApi();
        return riq;
    }

    static string Status(JsonElement result) => result.GetProperty("status").GetString()!;

    [Fact]
    public async Task An_effect_that_shows_late_is_found_and_completes_the_request_as_one_attempt()
    {
        await using var riq = await Start(("Services:fake:QuietPeriod", "00:10:00"));   // never over here, however slow the machine
        riq.Service.Answer = (_, _) => Task.FromResult(NoAnswer);
        riq.Service.Search = (call, _) => Task.FromResult(riq.Service.Searches.Count < 3 ? FakeService.Says(new EffectSearch.NotFound()) : FakeService.IsThere(call));

        var token = await riq.Api.Submit("fake.create", "there");
        var end = await riq.Api.End(token, TimeSpan.FromMinutes(2));   // a slow machine misses a planned look; the next comes 30 s later

        Assert.Equal("completed", Status(end));
        Assert.Equal("there", end.GetProperty("result").GetProperty("echo").GetString());
        Assert.Equal((1, 0, 0), (end.GetProperty("attempts").GetInt32(), end.GetProperty("retry_count").GetInt32(), end.GetProperty("deferrals").GetInt32()));
        Assert.Single(riq.Service.Calls);
        Assert.Equal(3, riq.Service.Searches.Count);
        Assert.All(riq.Service.Searches, s => Assert.NotNull(s.UnclearFrom));
        var timeline = (await riq.Api.Detail(token)).GetProperty("timeline").EnumerateArray().Select(t => t.GetProperty("event").GetString()!).ToArray();
        Assert.Equal(["accepted", "started", "outcome_unclear", "started", "not_found_yet", "started", "not_found_yet", "started", "found"], timeline);
    }

    [Fact]
    public async Task A_client_sees_that_the_outcome_is_being_found_out_and_can_t_cancel_meanwhile()
    {
        await using var riq = await Start(("Services:fake:QuietPeriod", "00:01:00"));
        riq.Service.Answer = (_, _) => Task.FromResult(NoAnswer);
        var token = await riq.Api.Submit("fake.create", more: new { expires_in = 600 });

        var waiting = await Eventually.Value(() => riq.Api.Result(token), r => r.TryGetProperty("waiting_for", out var w) && w.GetString() == "outcome_check");
        Assert.Equal("TIMEOUT", waiting.GetProperty("error").GetProperty("code").GetString());
        using var cancel = await riq.Api.Post($"/api/queue/requests/{token}/cancel", new { });
        Assert.Equal(409, (int)cancel.StatusCode);
        // It does not expire either, and is looked for after its time.
        await riq.Database.Execute("update queue_requests set expires_at = now() where token = $1", token);
        var searches = riq.Service.Searches.Count;
        riq.Service.Search = (call, _) => Task.FromResult(FakeService.IsThere(call));
        Assert.Equal("completed", Status(await riq.Api.End(token, TimeSpan.FromSeconds(60))));
        Assert.True(riq.Service.Searches.Count > searches);
    }

    [Fact]
    public async Task A_write_that_is_not_found_is_repeated_once_the_quiet_period_is_over_and_not_before()
    {
        await using var riq = await Start();
        riq.Service.Answer = (call, _) => Task.FromResult(riq.Service.Calls.Count == 1 ? NoAnswer : FakeService.Ok(call.Payload));

        var token = await riq.Api.Submit("fake.create");
        var end = await riq.Api.End(token);

        Assert.Equal(("completed", 1), (Status(end), end.GetProperty("retry_count").GetInt32()));
        Assert.Equal(2, riq.Service.Calls.Count);
        var gap = await riq.Database.Scalar<double>("""
            select extract(epoch from (select started_at from request_attempts where request_id = r.id and event = 'succeeded') - unclear_since)::float8 from queue_requests r where token = $1
            """, token);
        Assert.True(gap >= 1.5, $"repeated after {gap} s");   // timeout and quiet period
    }

    [Fact]
    public async Task Candidates_end_as_a_dead_letter_that_shows_them()
    {
        await using var riq = await Start();
        riq.Service.Answer = (_, _) => Task.FromResult(NoAnswer);
        riq.Service.Search = (_, _) => Task.FromResult(FakeService.Says(new EffectSearch.Ambiguous([new("A") { Title = "One" }, new("B")])));

        var end = await riq.Api.End(await riq.Api.Submit("fake.create"));

        Assert.Equal("dead", Status(end));
        var details = end.GetProperty("error").GetProperty("details");
        Assert.Equal("unknown", details.GetProperty("outcome").GetString());
        Assert.Equal(["A", "B"], details.GetProperty("candidates").EnumerateArray().Select(c => c.GetProperty("id").GetString()));
        Assert.Single(riq.Service.Calls);
    }

    [Fact]
    public async Task A_service_that_never_says_leaves_the_outcome_unknown()
    {
        await using var riq = await Start(("Services:fake:OutcomeCheckLimit", "00:00:01"));
        riq.Service.Answer = (_, _) => Task.FromResult(NoAnswer);
        riq.Service.Search = (_, _) => Task.FromResult(AdapterResult<EffectSearch>.Fail(new(ErrorCodes.ServiceUnavailable, "Away.")));

        var end = await riq.Api.End(await riq.Api.Submit("fake.create"));

        Assert.Equal(("dead", "unknown"), (Status(end), end.GetProperty("error").GetProperty("details").GetProperty("outcome").GetString()));
        Assert.Single(riq.Service.Calls);
        Assert.True(riq.Service.Searches.Count > 1);
    }

    [Fact]
    public async Task A_worker_that_dies_during_a_write_or_during_the_look_leaves_it_to_another_one()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Services:fake:Timeout", "00:00:01").With("Services:fake:QuietPeriod", "00:00:00.500");
        await riq.StartApi();
        await riq.StartWorker();
        var call = HeldCalls.First(riq.Service);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        riq.Service.Search = async (search, _) =>
        {
            if (riq.Service.Searches.Count == 1) await release.Task;   // frozen, like the first call
            return FakeService.IsThere(search);
        };

        var token = await riq.Api.Submit("fake.create");
        var end = await riq.Api.End(token);

        Assert.Equal("completed", Status(end));
        Assert.Equal((1, 2), (riq.Service.Calls.Count, riq.Service.Searches.Count));
        Assert.Equal((2, 0), ((await riq.Stored(token)).Crashes, (await riq.Stored(token)).RetryCount));
        call.Release();
        release.SetResult();
        await Eventually.True(() => call.Ended == 1);
        Assert.Equal("completed", await riq.Api.Status(token));
    }

    [Fact]
    public async Task A_plain_write_without_a_way_to_find_its_effect_still_ends_dead()
    {
        await using var riq = await Start();
        riq.Service.Answer = (_, _) => Task.FromResult(NoAnswer);
        var end = await riq.Api.End(await riq.Api.Submit());
        Assert.Equal(("dead", 0), (Status(end), riq.Service.Searches.Count));
    }
}
