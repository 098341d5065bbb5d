using System.Diagnostics;
using System.Net;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Api;

/// <summary>What clients see when Postgres or RabbitMQ is away.</summary>
public sealed class OutageTests
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);
    const string Write = """{"operation":"fake.write","payload":{"text":"a"}}""";

    static Func<RiqApi, Task<HttpResponseMessage>>[] Calls(string token) =>
    [
        api => api.SubmitText(Write),
        api => api.PostText(Api.Calls.SubmitPath + "?wait=30", Write),
        api => api.PostText(Api.Calls.BatchPath, $$"""{"items":[{{Write}}]}"""),
        api => api.Get($"/api/queue/result/{token}"),
        api => api.Get($"/api/queue/result/{token}?wait=30"),
        api => api.Get("/api/queue/requests"),
        api => api.Get($"/api/queue/requests/{token}"),
        api => api.Send(HttpMethod.Post, $"/api/queue/requests/{token}/cancel"),
    ];

    static async Task AssertAway(RiqApi api, string token)
    {
        await Task.WhenAll(Calls(token).Select(async call =>
        {
            var watch = Stopwatch.StartNew();
            using var answer = await call(api);
            Assert.True(watch.Elapsed < Limit + TimeSpan.FromSeconds(4), $"Answered after {watch.Elapsed}.");
            Assert.True(answer.Headers.RetryAfter!.Delta > TimeSpan.Zero);
            await Refusal.Of(answer, HttpStatusCode.ServiceUnavailable);
        }));
    }

    [Fact]
    public async Task Without_Postgres_every_call_is_told_to_come_back_and_works_again_afterwards()
    {
        await using var riq = await RiqCluster.Start();
        var token = await riq.Api.Submit();
        await riq.Api.End(token);
        riq.Postgres.Cut();
        await AssertAway(riq.Api, token);

        riq.Postgres.Restore();
        await Eventually.True(async () => await riq.Api.Get($"/api/queue/result/{token}").Code() == HttpStatusCode.OK);
        Assert.Equal("completed", (await riq.Api.End(await riq.Api.Submit())).Text("status"));
    }

    [Fact]
    public async Task A_Postgres_that_falls_silent_is_told_within_the_limit_and_nothing_hangs_afterwards()
    {
        await using var riq = await RiqCluster.Start();
        var token = await riq.Api.Submit();
        await riq.Api.End(token);
        riq.Postgres.Freeze();
        await AssertAway(riq.Api, token);

        riq.Postgres.Thaw();
        foreach (var call in Calls(token)) await Eventually.True(async () => await call(riq.Api).Code() is HttpStatusCode.OK or HttpStatusCode.Conflict);
        Assert.Equal("completed", (await riq.Api.End(await riq.Api.Submit())).Text("status"));
    }

    [Fact]
    public async Task A_connection_that_stays_silent_holds_up_no_later_read()
    {
        await using var riq = await RiqCluster.Start();
        var token = await riq.Api.Submit();
        await riq.Api.End(token);
        riq.Postgres.Freeze();
        await Refusal.Of(riq.Api.Get($"/api/queue/result/{token}"), HttpStatusCode.ServiceUnavailable);
        // The old connections die without a word; new ones work.
        riq.Postgres.CutConnections();
        riq.Postgres.Thaw();
        await Eventually.True(async () => await riq.Api.Get($"/api/queue/result/{token}").Code() == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Without_RabbitMQ_everything_is_accepted_and_done_later()
    {
        await using var riq = await RiqCluster.Start();
        await riq.Api.End(await riq.Api.Submit());
        riq.RabbitMq.Cut();
        var tokens = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => riq.Api.Submit(text: $"while away {i}")));
        var batch = await riq.Api.PostText(Api.Calls.BatchPath, $$"""{"items":[{{Write}},{{Write}}]}""").Json();
        foreach (var token in tokens) Assert.Equal("queued", await riq.Api.Status(token));

        riq.RabbitMq.Restore();
        foreach (var token in tokens.Concat(batch.GetProperty("items").EnumerateArray().Select(i => i.Text("token")!)))
            Assert.Equal("completed", (await riq.Api.End(token)).Text("status"));
        Assert.Equal(23, riq.Service.Calls.Count);
    }

    [Fact]
    public async Task An_API_that_starts_without_RabbitMQ_accepts()
    {
        await using var riq = await RiqCluster.Create();
        riq.RabbitMq.Cut();
        var api = await riq.StartApi();
        var token = await api.Submit();
        Assert.Equal("queued", await api.Status(token));
        riq.RabbitMq.Restore();
        await riq.StartWorker();
        Assert.Equal("completed", (await api.End(token)).Text("status"));
    }
}
