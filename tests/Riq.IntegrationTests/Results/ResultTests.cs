using System.Net;
using System.Text.Json;
using Riq.Contracts;
using Riq.IntegrationTests.Api;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Results;

public sealed class ResultTests(RunningCluster cluster) : IClassFixture<RunningCluster>, IAsyncLifetime
{
    RiqApi Api => cluster.Api;

    public Task InitializeAsync()
    {
        cluster.Service.Answer = (call, _) => Task.FromResult(FakeService.Ok(call.Payload));
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_completed_request_tells_its_whole_story()
    {
        var token = await Api.Submit();
        var json = await Api.End(token);
        Assert.Equal((token, "fake.write", "completed"), (json.Text("token"), json.Text("operation"), json.Text("status")));
        Assert.Equal((1, 0, 0), (json.GetProperty("attempts").GetInt32(), json.GetProperty("retry_count").GetInt32(), json.GetProperty("deferrals").GetInt32()));
        var times = new[] { "created_at", "started_at", "completed_at" }.Select(f => json.Text(f)!).ToArray();
        Assert.All(times, t => Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", t));
        Assert.Equal(times, times.Order(StringComparer.Ordinal));
        Assert.InRange(json.GetProperty("duration_ms").GetInt64(), 0, 60_000);
        Assert.False(json.GetProperty("cached").GetBoolean());
        Assert.False(json.TryGetProperty("error", out _));
        Assert.False(json.TryGetProperty("waiting_for", out _));
    }

    [Fact]
    public async Task A_permanent_error_is_told_with_its_details()
    {
        cluster.Service.Answer = (_, _) => Task.FromResult(AdapterResult<JsonElement>.Fail(new(ErrorCodes.ValidationError, "The title is too long.")
        {
            HttpStatus = 400, Details = JsonSerializer.SerializeToElement(new { errors = new { summary = "at most 255 characters" } }),
        }));
        var error = (await Api.End(await Api.Submit())).GetProperty("error");
        Assert.Equal(("VALIDATION_ERROR", "The title is too long.", 400, 1), (error.Text("code"), error.Text("message"), error.GetProperty("http_status").GetInt32(), error.GetProperty("attempts").GetInt32()));
        Assert.False(error.GetProperty("retries_exhausted").GetBoolean());
        Assert.Equal("at most 255 characters", error.GetProperty("details").GetProperty("errors").Text("summary"));
    }

    [Fact]
    public async Task A_request_that_waits_for_its_retry_says_until_when()
    {
        cluster.Service.Answer = (_, _) => Task.FromResult(FakeService.Fail(ErrorCodes.ServiceUnavailable, "Down.", 503, retryAfter: TimeSpan.FromMinutes(5)));
        var token = await Api.Submit("fake.safe_write");
        var json = await Eventually.Value(() => Api.Result(token), r => r.Text("waiting_for") == "retry");
        Assert.Equal("queued", json.Text("status"));
        Assert.Equal(1, json.GetProperty("retry_count").GetInt32());
        Assert.Equal(json.Text("next_retry_at"), json.GetProperty("blocked_by").Text("until"));
        Assert.InRange((json.GetProperty("next_retry_at").GetDateTimeOffset() - DateTimeOffset.UtcNow).TotalSeconds, 250, 310);
        Assert.NotEmpty(json.GetProperty("blocked_by").Text("message")!);
        Assert.Equal("retry", json.GetProperty("blocked_by").Text("reason"));
    }

    [Fact]
    public async Task Exhausted_retries_end_dead()
    {
        cluster.Service.Answer = (_, _) => Task.FromResult(FakeService.Fail(ErrorCodes.ServiceUnavailable, "Down.", 503));
        var json = await Api.End(await Api.Submit("fake.safe_write", more: new { max_retries = 2 }));
        Assert.Equal("dead", json.Text("status"));
        Assert.Equal((3, true), (json.GetProperty("attempts").GetInt32(), json.GetProperty("error").GetProperty("retries_exhausted").GetBoolean()));
        Assert.NotNull(json.Text("completed_at"));
    }

    [Theory]
    [InlineData("req_00000000000000000000000000000000")]
    [InlineData("req_0197aaaabbbb7cccadddeeeeffff0000")]
    [InlineData("req_")]
    [InlineData("x")]
    [InlineData("req_0197aaaabbbb7cccadddeeeeffff000g")]
    [InlineData("REQ_0197aaaabbbb7cccadddeeeeffff0000")]
    [InlineData("ct_0197aaaabbbb7cccadddeeeeffff0000")]
    [InlineData("req_0197aaaa-bbbb-7ccc-addd-eeeeffff0000")]
    [InlineData("{0197aaaabbbb7cccadddeeeeffff0000}")]
    [InlineData("req_%F0%9F%92%A9")]
    [InlineData("%D1%80%D0%B5%D0%BA")]
    [InlineData("%ff%fe")]
    [InlineData("..%2F..%2Fetc%2Fpasswd")]
    [InlineData("%2e%2e%2fsubmit")]
    [InlineData("req_0197aaaabbbb7cccadddeeeeffff0000%20")]
    [InlineData("'%20or%201=1%20--")]
    [InlineData("null")]
    public async Task A_token_that_nobody_was_given_is_unknown(string token)
    {
        foreach (var path in new[] { $"/api/queue/result/{token}", $"/api/queue/result/{token}?wait=30", $"/api/queue/requests/{token}" })
            Assert.Contains("Tokens look like", (await Refusal.Of(Api.Get(path), HttpStatusCode.NotFound)).Detail, StringComparison.Ordinal);
        await Refusal.Of(Api.Send(HttpMethod.Post, $"/api/queue/requests/{token}/cancel"), HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_very_long_token_is_unknown() =>
        await Refusal.Of(Api.Get($"/api/queue/result/req_{new string('a', 6000)}?wait=30"), HttpStatusCode.NotFound);

    [Fact]
    public async Task A_token_with_a_NUL_character_is_refused_by_the_server_itself() =>
        Assert.Equal(HttpStatusCode.BadRequest, await Api.Get("/api/queue/result/%00").Code());

    [Fact]
    public async Task The_ETag_changes_with_every_state()
    {
        var free = new TaskCompletionSource();
        cluster.Service.Answer = async (call, cancellation) => { await free.Task.WaitAsync(cancellation); return FakeService.Ok(call.Payload); };
        var token = await Api.Submit();
        await Eventually.True(async () => await Api.Status(token) == "processing");
        var processing = await ETag(token);
        Assert.Equal(processing, await ETag(token));
        free.SetResult();
        await Api.End(token);
        Assert.NotEqual(processing, await ETag(token));
        using var detail = await Api.Get($"/api/queue/requests/{token}");
        Assert.Equal(await ETag(token), detail.Headers.ETag!.ToString());
    }

    [Fact]
    public async Task A_known_state_is_not_sent_again()
    {
        var token = await Api.Submit();
        await Api.End(token);
        var tag = await ETag(token);
        foreach (var known in new[] { tag, $"\"v0\", {tag}", "W/" + tag, "*" })
        {
            using var same = await Api.Send(HttpMethod.Get, $"/api/queue/result/{token}", null, ("If-None-Match", known));
            Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
            Assert.Empty(await same.Content.ReadAsStringAsync());
            Assert.Equal(tag, same.Headers.ETag!.ToString());
        }
        foreach (var other in new[] { "\"v0\"", tag[..^1] + "0\"", "nonsense" })
            Assert.Equal(HttpStatusCode.OK, await Api.Send(HttpMethod.Get, $"/api/queue/result/{token}", null, ("If-None-Match", other)).Code());
    }

    async Task<string> ETag(string token)
    {
        using var answer = await Api.Get($"/api/queue/result/{token}");
        return answer.Headers.ETag!.ToString();
    }
}
