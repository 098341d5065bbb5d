using System.Net;
using System.Text.Json;
using Riq.IntegrationTests.Api;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Gate;

/// <summary>An operator stops calls of a service and lets them go again.</summary>
public sealed class PauseTests
{
    [Fact]
    public async Task What_waits_at_the_gate_goes_back_what_runs_is_finished_and_after_resuming_all_complete()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Services:fake:Concurrency", 1);
        await riq.StartApi();
        var worker = await riq.StartWorker();
        var held = HeldCalls.First(riq.Service);
        var running = await riq.Api.Submit(text: "running");
        await Eventually.True(() => held.Arrived == 1);
        var waiting = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => riq.Api.Submit(text: $"n{i}")));
        await Eventually.True(async () => await riq.Broker.Messages("riq.fake.normal") == 7);

        await riq.Post("pause", new { reason = "maintenance" });
        foreach (var token in waiting) await Eventually.Value(() => riq.Stored(token), r => r.Deferrals == 1);
        var answer = await riq.Api.Result(waiting[0]);
        Assert.Equal("paused", answer.GetProperty("waiting_for").GetString());
        Assert.Equal("local has paused fake (maintenance). The request stays in the queue.", answer.GetProperty("blocked_by").GetProperty("message").GetString());
        Assert.False(answer.GetProperty("blocked_by").TryGetProperty("until", out _));
        Assert.Equal(0, held.Ended);
        held.Release();
        await riq.AllComplete([running]);
        await Eventually.True(() => worker.HasStopped());
        Assert.Single(riq.Service.Calls);

        await riq.Post("resume");
        await riq.AllComplete(waiting);
        foreach (var token in waiting) Assert.Equal(("completed", 1), await riq.Waits(token));
        Assert.Equal(0, await riq.Database.Scalar<long>("select sum(retry_count)::bigint from queue_requests"));
        Assert.Equal(7, riq.Service.Calls.Count);
        Assert.False(worker.HasStopped());
        Assert.Contains((await riq.Api.Detail(waiting[0])).GetProperty("timeline").EnumerateArray(), e => e.GetProperty("event").GetString() == "handed_back" && e.GetProperty("by").GetString() == "paused");
    }

    [Fact]
    public async Task A_pause_for_some_seconds_ends_by_itself_and_a_worker_that_starts_meanwhile_keeps_it()
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartApi();
        await riq.Post("pause", new { for_seconds = 4 });
        var until = await riq.Time("paused_until");
        await riq.StartWorker();
        var token = await riq.Api.Submit();
        var answer = await riq.Api.Result(token);
        Assert.Equal("paused", answer.GetProperty("waiting_for").GetString());
        Assert.Equal(until, answer.GetProperty("blocked_by").GetProperty("until").GetDateTime(), TimeSpan.FromMilliseconds(1));
        await riq.AllComplete([token]);
        Assert.True(riq.Service.CallTimes.Single() >= until);
    }

    [Fact]
    public async Task The_list_of_services_shows_circuit_pause_and_what_waits()
    {
        await using var riq = await RiqCluster.Create(new FakeService("a"), new FakeService("b"));
        riq.With("Services:b:Concurrency", 7);
        await riq.StartApi();
        var worker = await riq.StartWorker();
        await riq.Post("pause", new { reason = "why" }, "b");
        await Eventually.True(() => worker.Knows("b")?.Paused is not null);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => riq.Api.Submit("b.read")));
        await riq.Post("circuit", new { state = "open" }, "a");

        var services = await Eventually.Value(async () => await List(riq), s => s[1].GetProperty("depth").GetInt32() == 3);
        Assert.Equal(["a", "b"], services.Select(s => s.Text("service")!));
        Assert.Equal(("open", true, "local"), (services[0].GetProperty("circuit").Text("state"), services[0].GetProperty("circuit").GetProperty("forced").GetBoolean(), services[0].GetProperty("circuit").Text("forced_by")));
        Assert.Equal(("closed", true, "why", "local"), (services[1].GetProperty("circuit").Text("state"), services[1].GetProperty("paused").GetBoolean(), services[1].GetProperty("pause").Text("reason"), services[1].GetProperty("pause").Text("by")));
        Assert.Equal(7, services[1].GetProperty("concurrency").GetInt32());
        Assert.NotNull(services[1].Text("oldest_waiting_since"));
        await riq.Post("resume", service: "b");
        Assert.False((await List(riq))[1].GetProperty("paused").GetBoolean());
    }

    [Theory]
    [InlineData("pause", """{"for_seconds":0}""", "for_seconds"), InlineData("pause", """{"for_seconds":"5"}""", "for_seconds"), InlineData("pause", """{"reason":5,"x":1}""", "reason,x"), InlineData("pause", "[]", "body")]
    [InlineData("pause", """{"reason":"\ud800"}""", "reason")]
    [InlineData("circuit", "{}", "state"), InlineData("circuit", """{"state":"half_open"}""", "state"), InlineData("circuit", """{"state":null}""", "state")]
    public async Task What_is_wrong_with_a_command_is_named(string action, string body, string fields)
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartApi();
        using var answer = await riq.Api.PostText($"/api/queue/services/fake/{action}", body);
        var json = await RiqApi.Json(answer);
        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Equal(fields, string.Join(',', json.GetProperty("errors").EnumerateObject().Select(e => e.Name).Order(StringComparer.Ordinal)));
        Assert.Equal("none", await riq.Circuit());
    }

    static async Task<JsonElement[]> List(RiqCluster riq) => [.. (await RiqApi.Json(await riq.Api.Get("/api/queue/services"))).GetProperty("items").EnumerateArray()];
}
