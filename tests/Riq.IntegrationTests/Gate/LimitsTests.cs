using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Riq.Contracts;
using Riq.Engine.Gate;
using Riq.IntegrationTests.Api;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Gate;

/// <summary>Operators see the limits of a service and set others.</summary>
public sealed class LimitsTests
{
    static async Task<JsonElement> Service(RiqCluster riq) => (await RiqApi.Json(await riq.Api.Get("/api/queue/services"))).GetProperty("items")[0];

    static async Task<JsonElement> Patch(RiqCluster riq, string body)
    {
        using var answer = await riq.Api.PatchText("/api/queue/services/fake/limits", body);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await RiqApi.Json(answer)).GetProperty("limits");
    }

    [Fact]
    public async Task An_operator_s_limits_take_the_place_of_the_settings_for_all_workers_and_null_brings_these_back()
    {
        await using var riq = (await RiqCluster.Create()).With("Services:fake:Rate", 1).With("Services:fake:Burst", 1);
        await riq.StartApi();
        var workers = new[] { await riq.StartWorker(), await riq.StartWorker("worker-2") };
        var tokens = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => riq.Api.Submit(text: $"n{i}")));
        await Eventually.True(() => riq.Service.Calls.Count == 1);
        var waiting = await Eventually.Value(async () => (await Task.WhenAll(tokens.Select(t => riq.Api.Result(t)))).FirstOrDefault(r => r.TryGetProperty("waiting_for", out var why) && why.GetString() == "rate_limit"), r => r.ValueKind == JsonValueKind.Object);
        Assert.Contains("1 times a minute", waiting.GetProperty("blocked_by").GetProperty("message").GetString(), StringComparison.Ordinal);

        var limits = await Patch(riq, """{"rate":6000,"burst":10,"concurrency":4}""");
        Assert.Equal((6000, 10, 4, true, "local"), (limits.GetProperty("rate").GetInt32(), limits.GetProperty("burst").GetInt32(), limits.GetProperty("concurrency").GetInt32(), limits.GetProperty("overridden").GetBoolean(), limits.GetProperty("overridden_by").GetString()));
        await riq.AllComplete(tokens);
        await Eventually.True(() => workers.All(w => w.Services.GetRequiredService<Gates>().Of("fake").Slots == 2));

        limits = await Patch(riq, """{"rate":null,"burst":null}""");
        Assert.Equal((1, 1, 4), (limits.GetProperty("rate").GetInt32(), limits.GetProperty("burst").GetInt32(), limits.GetProperty("concurrency").GetInt32()));
        limits = await Patch(riq, """{"concurrency":null}""");
        Assert.False(limits.GetProperty("overridden").GetBoolean() || limits.TryGetProperty("overridden_by", out _));
        await Patch(riq, """{"rate":0}""");
        await riq.AllComplete(await Task.WhenAll(Enumerable.Range(0, 20).Select(i => riq.Api.Submit(text: $"free {i}"))));
    }

    [Fact]
    public async Task What_the_service_asked_for_is_shown_and_can_be_lifted()
    {
        await using var riq = await RiqCluster.Start();
        var calls = 0;
        riq.Service.Answer = (call, _) => Task.FromResult(Interlocked.Increment(ref calls) == 1 ? FakeService.Fail(ErrorCodes.RateLimited, status: 429, retryAfter: TimeSpan.FromHours(3)) : FakeService.Ok(call.Payload));
        var refused = await riq.Api.Submit();
        var held = await Eventually.Value(async () => await Service(riq), s => s.GetProperty("gate").GetString() == "held");
        var hold = Assert.Single(held.GetProperty("holds").EnumerateArray());
        Assert.Equal(("service", "fake"), (hold.GetProperty("scope").GetString(), hold.GetProperty("name").GetString()));
        var other = await riq.Api.Submit(text: "other");
        var waiting = await Eventually.Value(() => riq.Api.Result(other), r => r.GetProperty("blocked_by").GetProperty("reason").GetString() == "rate_limit");
        Assert.Equal(hold.GetProperty("until").GetDateTime(), waiting.GetProperty("blocked_by").GetProperty("until").GetDateTime(), TimeSpan.FromMilliseconds(1));
        Assert.Equal("queued", await riq.Api.Status(refused));

        await Patch(riq, """{"holds":null}""");
        await riq.AllComplete([other]);
        Assert.Equal("open", (await Service(riq)).GetProperty("gate").GetString());
    }

    [Theory]
    [InlineData("{}", "body"), InlineData("[]", "body"), InlineData("""{"rate":-1,"burst":0,"concurrency":0}""", "burst,concurrency,rate"), InlineData("""{"rate":1.5}""", "rate"), InlineData("""{"rate":"5"}""", "rate")]
    [InlineData("""{"concurrency":10001,"speed":5}""", "concurrency,speed"), InlineData("""{"holds":[]}""", "holds"), InlineData("""{"burst":99999999999}""", "burst")]
    public async Task What_is_wrong_with_new_limits_is_named_and_nothing_is_changed(string body, string fields)
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartApi();
        using var answer = await riq.Api.PatchText("/api/queue/services/fake/limits", body);
        var json = await RiqApi.Json(answer);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(fields, string.Join(',', json.GetProperty("errors").EnumerateObject().Select(e => e.Name).Order(StringComparer.Ordinal)));
        Assert.Equal("none", await riq.Circuit());
    }
}
