using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Riq.Client;
using Riq.Contracts;
using Riq.IntegrationTests.Adapters;

namespace Riq.IntegrationTests.Gateway;

/// <summary>RIQ's API misbehaves, or something between it and the application does.</summary>
public sealed class HttpGatewayOutageTests : IAsyncLifetime
{
    const string Receipt = """{"token":"req_0197f3d2c4d77a6b8e9f00112233aabb","status":"queued","consistency_token":"ct_1","requires_confirmation":true}""";
    const string Queued = """{"token":"req_1","operation":"fake.write","status":"queued","attempts":0}""";
    const string Completed = """{"token":"req_1","operation":"fake.write","status":"completed","result":{"a":1},"attempts":1}""";
    const string Submit = "/api/queue/submit", Result = "/api/queue/result/req_1";

    FakeService _api = null!;
    ServiceProvider _application = null!;

    public async Task InitializeAsync()
    {
        _api = await FakeService.Start();
        _application = Application(_api.Url);
    }

    public async Task DisposeAsync()
    {
        await _application.DisposeAsync();
        await _api.DisposeAsync();
    }

    static ServiceProvider Application(string url, Action<RiqClientOptions>? more = null) =>
        new ServiceCollection().AddRiqClient(o => { (o.Url, o.ApiKey, o.SubmitTimeout) = (new(url), "k3y", TimeSpan.FromSeconds(20)); more?.Invoke(o); }).BuildServiceProvider();

    IQueueGateway Gateway => _application.GetRequiredService<IQueueGateway>();

    static SubmitRequest Write => SubmitRequest.For("fake.write", new { Text = "hello" });

    string Key(int call) => _api.Calls[call].Json["idempotency_key"]!.GetValue<string>();

    [Fact]
    public async Task A_submission_without_an_answer_is_sent_again_with_the_same_key()
    {
        _api.On("POST", Submit, Replies.Reset).On("POST", Submit, 503, "<html/>").On("POST", Submit, 500).On("POST", Submit, 200, Receipt);
        Assert.Equal("req_0197f3d2c4d77a6b8e9f00112233aabb", (await Gateway.Submit(Write)).Value!.Token);
        Assert.Equal(4, _api.Calls.Count);
        Assert.Single(Enumerable.Range(0, 4).Select(Key).Distinct());
        Assert.Equal("""{"text":"hello"}""", _api.Calls[0].Json["payload"]!.ToJsonString());
    }

    [Fact]
    public async Task A_key_of_the_caller_is_kept()
    {
        _api.On("POST", Submit, 502).On("POST", Submit, 200, Receipt);
        await Gateway.Submit(Write with { IdempotencyKey = "mine" });
        Assert.Equal(["mine", "mine"], [Key(0), Key(1)]);
    }

    [Fact]
    public async Task Nothing_is_sent_again_before_the_time_that_was_asked_for()
    {
        _api.On("POST", Submit, 429, """{"title":"The queue is full","status":429,"detail":"Later."}""", ("Retry-After", "2")).On("POST", Submit, 200, Receipt);
        var watch = Stopwatch.StartNew();
        Assert.True((await Gateway.Submit(Write)).Ok);
        Assert.InRange(watch.Elapsed.TotalSeconds, 1.9, 15);
    }

    [Fact]
    public async Task A_time_beyond_the_callers_is_not_waited_for()
    {
        _api.On("POST", Submit, 429, """{"title":"The queue is full","status":429,"detail":"Later."}""", ("Retry-After", "3600"));
        var refusal = (await Gateway.Submit(Write)).Refusal!;
        Assert.Equal((RefusalKind.Busy, TimeSpan.FromHours(1), "The queue is full"), (refusal.Kind, refusal.RetryAfter, refusal.Title));
        Assert.Single(_api.Calls);
        Assert.Equal(Key(0), refusal.IdempotencyKey);
    }

    [Theory]
    [InlineData(400, RefusalKind.Invalid)]
    [InlineData(401, RefusalKind.NotAllowed)]
    [InlineData(413, RefusalKind.Invalid)]
    [InlineData(422, RefusalKind.Invalid)]
    public async Task What_a_repetition_does_not_change_is_not_repeated(int status, RefusalKind kind)
    {
        _api.On("POST", Submit, status, $$$"""{"title":"T","status":{{{status}}},"detail":"D","errors":{"priority":["must be one of: high."]}}""");
        var refusal = (await Gateway.Submit(Write)).Refusal!;
        Assert.Equal((kind, status), (refusal.Kind, refusal.Status));
        Assert.Equal("T: priority must be one of: high.", refusal.ToString());
        Assert.Single(_api.Calls);
    }

    [Fact]
    public async Task Something_else_at_the_address_is_told_from_riq()
    {
        _api.On("POST", Submit, 404, "<html>nginx</html>");
        Assert.Contains("none of RIQ's own", (await Gateway.Submit(Write)).Refusal!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_at_the_address_is_a_refusal_when_the_time_is_over()
    {
        await using var application = Application("http://127.0.0.1:1", o => o.SubmitTimeout = TimeSpan.FromSeconds(1));
        var refusal = (await application.GetRequiredService<IQueueGateway>().Submit(Write)).Refusal!;
        Assert.Equal(RefusalKind.Unavailable, refusal.Kind);
        Assert.StartsWith("client:", refusal.IdempotencyKey, StringComparison.Ordinal);
        var many = await application.GetRequiredService<IQueueGateway>().SubmitMany([.. Enumerable.Repeat(Write, 1_200)]);
        Assert.All(many, a => Assert.Equal(RefusalKind.Unavailable, a.Refusal!.Kind));
    }

    [Fact]
    public async Task A_wait_goes_on_over_as_many_answers_as_it_takes_and_over_a_restart()
    {
        _api.On("GET", Result, 200, Queued).On("GET", Result, Replies.Reset).On("GET", Result, 503).On("GET", Result, 200, Queued).On("GET", Result, 200, Completed);
        Assert.True((await Gateway.Get("req_1", TimeSpan.FromMinutes(2))).Value!.Completed);
        Assert.Equal(5, _api.Calls.Count);
        Assert.All(_api.Routes, r => Assert.Equal($"GET {Result}?wait=25", r));
    }

    [Fact]
    public async Task When_riq_stays_away_the_wait_ends_with_what_it_said_last()
    {
        _api.On("GET", Result, 200, Queued).On("GET", Result, 503);
        Assert.Equal("queued", (await Gateway.Get("req_1", TimeSpan.FromSeconds(2))).Value!.Status);
    }

    [Fact]
    public async Task A_look_without_a_wait_is_one_call()
    {
        _api.On("GET", Result, 503);
        Assert.Equal(RefusalKind.Unavailable, (await Gateway.Get("req_1")).Refusal!.Kind);
        Assert.Single(_api.Calls);
    }

    [Fact]
    public async Task A_cancellation_whose_answer_got_lost_is_done_all_the_same()
    {
        const string conflict = """{"title":"The request can't be cancelled any more","status":409,"detail":"It is failed."}""";
        _api.On("POST", "/api/queue/requests/req_1/cancel", Replies.Reset).On("POST", "/api/queue/requests/req_1/cancel", 409, conflict);
        _api.On("GET", Result, 200, """{"token":"req_1","operation":"fake.write","status":"failed","error":{"code":"CANCELLED","message":"Called off."},"attempts":0}""");
        Assert.Equal(ErrorCodes.Cancelled, (await Gateway.Cancel("req_1")).Value!.Error!.Code);
    }

    [Fact]
    public async Task A_batch_is_sent_again_as_it_was()
    {
        _api.On("POST", Submit + "/batch", Replies.Reset).On("POST", Submit + "/batch", 200, $$$"""{"items":[{{{Receipt}}},{"problem":{"title":"No","status":400,"detail":"D"}}]}""");
        var answers = await Gateway.SubmitMany([Write, Write]);
        Assert.Equal([true, false], answers.Select(a => a.Ok));
        Assert.Equal(_api.Calls[0].Body, _api.Calls[1].Body);
        Assert.Equal(2, _api.Calls[0].Json["items"]!.AsArray().Select(i => i!["idempotency_key"]!.GetValue<string>()).Distinct().Count());
    }

    [Fact]
    public async Task Every_call_bears_the_key_and_the_callers_trace()
    {
        _api.On("POST", Submit, 503).On("POST", Submit, 200, Receipt);
        using var activity = new Activity("caller").SetIdFormat(ActivityIdFormat.W3C).Start();
        await Gateway.Submit(Write);
        Assert.All(_api.Calls, c => Assert.Equal("Bearer k3y", c.Headers["Authorization"]));
        Assert.All(_api.Calls, c => Assert.StartsWith($"00-{activity.TraceId}-", c.Headers["traceparent"], StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_address_may_have_a_path()
    {
        _api.On("POST", "/riq" + Submit, 200, Receipt);
        await using var application = Application(_api.Url + "/riq");
        Assert.True((await application.GetRequiredService<IQueueGateway>().Submit(Write)).Ok);
    }

    [Fact]
    public async Task A_cached_answer_is_the_end()
    {
        _api.On("POST", Submit, 200, """{"token":"req_9","status":"cached","result":{"a":2},"cached_at":"2026-01-01T00:00:00Z","cache_ttl":300}""");
        var receipt = (await Gateway.Submit(Write, TimeSpan.FromSeconds(30))).Value!;
        Assert.Equal(("cached", true, true, 2), (receipt.Status, receipt.State!.Completed, receipt.State.Cached, receipt.State.Result!.Value.GetProperty("a").GetInt32()));
        Assert.Single(_api.Calls);
    }

    [Fact]
    public async Task A_caller_that_gives_up_while_a_repetition_is_due_is_let_go()
    {
        _api.On("POST", Submit, 503, "", ("Retry-After", "15"));
        using var given = new CancellationTokenSource();
        var submitting = Gateway.Submit(Write, cancellation: given.Token);
        await TestKit.Waiting.Eventually.True(() => _api.Calls.Count == 1);
        await given.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => submitting);
    }
}
