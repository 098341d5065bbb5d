using System.Net;
using System.Text.Json;
using Riq.Contracts;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Api;

/// <summary>Everything about one request, and calling it off.</summary>
public sealed class RequestDetailTests(RunningCluster cluster) : IClassFixture<RunningCluster>, IAsyncLifetime
{
    RiqApi Api => cluster.Api;

    Task<HttpResponseMessage> Cancel(string token) => Api.Send(HttpMethod.Post, $"/api/queue/requests/{token}/cancel");

    public Task InitializeAsync()
    {
        cluster.Service.Answer = (call, _) => Task.FromResult(FakeService.Ok(call.Payload));
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Every_attempt_and_every_change_is_told()
    {
        var tries = 0;
        cluster.Service.Answer = (call, _) => Task.FromResult(++tries switch
        {
            1 => FakeService.Fail(ErrorCodes.ServiceUnavailable, "Down.", 503),
            2 => FakeService.Fail(ErrorCodes.Timeout, "No answer."),
            _ => FakeService.Ok(call.Payload),
        });
        var token = await Api.Submit("fake.safe_write", more: new { priority = "low", idempotency_key = "told" });
        await Api.End(token);
        var detail = await Api.Detail(token);

        Assert.Equal((token, "completed", "fake", "low", "told"), (detail.Text("token"), detail.Text("status"), detail.Text("service"), detail.Text("priority"), detail.Text("idempotency_key")));
        Assert.Equal(3, detail.GetProperty("attempts").GetInt32());
        var attempts = detail.GetProperty("attempt_list").EnumerateArray().ToArray();
        Assert.Equal([1, 2, 3], attempts.Select(a => a.GetProperty("number").GetInt32()));
        Assert.All(attempts, a => Assert.Equal("worker-1", a.Text("worker")));
        Assert.All(attempts, a => Assert.True(a.GetProperty("started_at").GetDateTimeOffset() <= a.GetProperty("ended_at").GetDateTimeOffset()));
        Assert.Equal(503, attempts[0].GetProperty("http_status").GetInt32());
        Assert.Equal(["SERVICE_UNAVAILABLE", "TIMEOUT"], attempts.Take(2).Select(a => a.GetProperty("error").Text("code")));
        Assert.False(attempts[2].TryGetProperty("error", out _));

        var timeline = detail.GetProperty("timeline").EnumerateArray().ToArray();
        var versions = timeline.Select(t => t.GetProperty("version").GetInt64()).ToArray();
        Assert.Equal(versions.Order(), versions);
        Assert.Equal(("accepted", "queued"), (timeline[0].Text("event"), timeline[0].Text("status")));
        Assert.Equal("completed", timeline[^1].Text("status"));
        Assert.Equal(detail.GetProperty("version").GetInt64(), versions[^1]);
    }

    [Fact]
    public async Task A_queued_request_is_cancelled_and_never_run()
    {
        await using var riq = await RiqCluster.Create();
        var api = await riq.StartApi();
        var token = await api.Submit();
        var waiting = api.Result(token, wait: 30);
        using var answer = await api.Send(HttpMethod.Post, $"/api/queue/requests/{token}/cancel");
        var json = await RiqApi.Json(answer);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(("failed", "CANCELLED"), (json.Text("status"), json.GetProperty("error").Text("code")));
        Assert.NotNull(answer.Headers.ETag);
        Assert.Equal("failed", (await waiting).Text("status"));

        await riq.StartWorker();
        var later = await api.Submit();
        Assert.Equal("completed", (await api.End(later)).Text("status"));
        Assert.Equal(later, Assert.Single(riq.Service.Calls).Marker);
        Assert.Equal("failed", await api.Status(token));
        Assert.Contains(await TimelineOf(api, token), t => t.Text("event") == "cancelled" && t.Text("by") == "local");
        await Refusal.Of(api.Send(HttpMethod.Post, $"/api/queue/requests/{token}/cancel"), HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task What_runs_or_has_ended_is_not_cancelled()
    {
        var free = new TaskCompletionSource();
        cluster.Service.Answer = async (call, cancellation) => { await free.Task.WaitAsync(cancellation); return FakeService.Ok(call.Payload); };
        var token = await Api.Submit();
        await Eventually.True(async () => await Api.Status(token) == "processing");
        Assert.Contains("processing", (await Refusal.Of(Cancel(token), HttpStatusCode.Conflict)).Detail, StringComparison.Ordinal);
        free.SetResult();
        await Api.End(token);
        Assert.Contains("completed", (await Refusal.Of(Cancel(token), HttpStatusCode.Conflict)).Detail, StringComparison.Ordinal);
        Assert.Equal("completed", await Api.Status(token));
    }

    [Fact]
    public async Task A_request_that_waits_for_its_retry_is_cancelled()
    {
        cluster.Service.Answer = (_, _) => Task.FromResult(FakeService.Fail(ErrorCodes.ServiceUnavailable, "Down.", 503, retryAfter: TimeSpan.FromMinutes(5)));
        var token = await Api.Submit("fake.safe_write");
        await Eventually.True(async () => (await Api.Result(token)).Text("waiting_for") == "retry");
        var json = await Cancel(token).Json();
        Assert.Equal(("failed", "CANCELLED"), (json.Text("status"), json.GetProperty("error").Text("code")));
        Assert.False(json.TryGetProperty("next_retry_at", out _));
    }

    [Fact]
    public async Task Of_many_cancellations_at_once_one_succeeds()
    {
        await using var riq = await RiqCluster.Create();
        var api = await riq.StartApi();
        var token = await api.Submit();
        var codes = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => api.Send(HttpMethod.Post, $"/api/queue/requests/{token}/cancel").Code()));
        Assert.Single(codes, HttpStatusCode.OK);
        Assert.Equal(19, codes.Count(c => c == HttpStatusCode.Conflict));
        Assert.Single(await TimelineOf(api, token), t => t.Text("event") == "cancelled");
    }

    [Fact]
    public async Task An_unknown_request_can_not_be_cancelled() => await Refusal.Of(Cancel($"req_{Guid.CreateVersion7():N}"), HttpStatusCode.NotFound);

    static async Task<JsonElement[]> TimelineOf(RiqApi api, string token) => [.. (await api.Detail(token)).GetProperty("timeline").EnumerateArray()];
}
