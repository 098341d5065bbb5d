using System.Text.Json;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Api;

/// <summary>What a request waits for, and what waits for it, as its detail tells.</summary>
public sealed class RelationTests
{
    static string[] Tokens(JsonElement detail, string list) => [.. detail.GetProperty(list).EnumerateArray().Select(r => r.Text("token")!)];

    [Fact]
    public async Task Dependencies_dependents_and_the_lane_are_told_with_what_became_of_each()
    {
        await using var riq = await RiqCluster.Start();
        var free = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        riq.Service.Answer = async (call, cancellation) => { await free.Task.WaitAsync(cancellation); return FakeService.Ok(call.Payload); };
        Task<string> Update(string text, params string[] dependsOn) => riq.Api.Submit("fake.update", text, new { payload = new { text, entity = "md-1" }, depends_on = dependsOn });
        var holder = await Update("holder");
        var second = await Update("second");
        var third = await Update("third");
        var dependent = await Update("dependent", holder, second);
        await Eventually.True(async () => await riq.Api.Status(holder) == "processing");

        var detail = await riq.Api.Detail(third);
        var lane = detail.GetProperty("lane");
        Assert.Equal(("fake:MD-1", 3, 0), (lane.Text("key"), lane.GetProperty("position").GetInt32(), lane.GetProperty("behind").GetInt32()));
        Assert.Equal([holder, second], Tokens(lane, "ahead"));
        Assert.Equal([("processing", null), ("queued", "lane")], lane.GetProperty("ahead").EnumerateArray().Select(r => (r.Text("status"), r.TryGetProperty("waiting_for", out var w) ? w.GetString() : null)));
        var first = (await riq.Api.Detail(holder)).GetProperty("lane");
        Assert.Equal((1, 2), (first.GetProperty("position").GetInt32(), first.GetProperty("behind").GetInt32()));
        // It takes its place when what it depends on is done.
        var waiting = await riq.Api.Detail(dependent);
        Assert.Equal([holder, second], Tokens(waiting, "depends_on").Order());
        Assert.All(waiting.GetProperty("depends_on").EnumerateArray(), r => Assert.Equal(("fake.update", "result", false), (r.Text("operation"), r.Text("kind"), r.GetProperty("done").GetBoolean())));
        Assert.False(waiting.TryGetProperty("lane", out var place) && place.TryGetProperty("position", out _));
        Assert.Equal([dependent], Tokens(await riq.Api.Detail(second), "dependents"));

        free.SetResult();
        await riq.Api.End(dependent);
        var ended = await riq.Api.Detail(dependent);
        Assert.All(ended.GetProperty("depends_on").EnumerateArray(), r => Assert.Equal(("completed", true), (r.Text("status"), r.GetProperty("done").GetBoolean())));
        Assert.False(ended.TryGetProperty("lane", out _));
    }

    [Fact]
    public async Task Lists_end_and_say_how_many_there_are()
    {
        await using var riq = await RiqCluster.Create();
        var api = await riq.StartApi();
        var root = await api.Submit();
        var items = Enumerable.Range(0, 60).Select(i => new { operation = "fake.write", payload = new { text = $"{i}" }, depends_on = new[] { root } }).ToArray();
        using (var answer = await api.Post("/api/queue/submit/batch", new { items })) Assert.True(answer.IsSuccessStatusCode);
        var detail = await api.Detail(root);
        Assert.Equal((50, 60), (detail.GetProperty("dependents").GetArrayLength(), detail.GetProperty("dependents_total").GetInt32()));
    }

    [Fact]
    public async Task Who_waits_while_no_worker_is_there_is_told_so()
    {
        await using var riq = await RiqCluster.Create();
        var api = await riq.StartApi();
        var result = await api.Result(await api.Submit());
        Assert.Equal("worker", result.Text("waiting_for"));
        Assert.Contains("No worker process", result.GetProperty("blocked_by").Text("message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("01", "https://traces.example/t/0af7651916cd43dd8448eb211c80319c?x=1")]
    [InlineData("00", null)]
    public async Task A_sampled_trace_has_an_address_where_it_is_to_be_seen(string flags, string? address)
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Operators:TraceUrl", "https://traces.example/t/{trace_id}?x=1");
        var api = await riq.StartApi();
        var token = await api.Submit();
        await riq.Database.Execute("update queue_requests set traceparent = $2 where token = $1", token, $"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-{flags}");
        Assert.Equal(address, (await api.Detail(token)).TryGetProperty("trace_url", out var url) ? url.GetString() : null);
    }
}
