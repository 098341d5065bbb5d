using System.Net;
using System.Security.Cryptography;
using System.Text;
using Riq.Contracts;
using Riq.IntegrationTests.Api;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Events;

/// <summary>Server-sent events: everything that happens, once, in order, from where the listener left off, and only what it may see.</summary>
public sealed class EventStreamTests
{
    [Fact]
    public async Task Every_change_of_a_request_comes_with_an_id()
    {
        await using var riq = await RiqCluster.Start();
        using var stream = await SseClient.Connect(riq.Api);
        riq.Service.Answer = (call, _) => Task.FromResult(riq.Service.Calls.Count == 1 ? FakeService.Fail(ErrorCodes.ServiceUnavailable) : FakeService.Ok(call.Payload));
        var token = await riq.Api.Submit("fake.read");
        var events = await stream.Take(5);
        Assert.Equal(["accepted queued", "started processing", "attempt_failed queued", "started processing", "succeeded completed"], events.Select(e => $"{e.Happened} {e.Status}"));
        Assert.All(events, e => Assert.Equal(token, e.Token));
        Assert.Equal([1, 2, 3, 4, 5], events.Select(e => e.Json.GetProperty("version").GetInt32()));
        Assert.Equal("SERVICE_UNAVAILABLE", events[2].Json.Text("error_code"));
        Assert.Equal(5, events.Select(e => e.Id).Distinct().Count());
    }

    [Fact]
    public async Task Whoever_comes_back_with_the_last_id_gets_exactly_the_rest()
    {
        await using var riq = await RiqCluster.Start();
        var other = await riq.StartApi();
        using var whole = await SseClient.Connect(riq.Api);
        var submitting = Task.WhenAll(Enumerable.Range(0, 8).Select(async _ => { for (var n = 0; n < 25; n++) await riq.Api.Submit("fake.read"); }));

        // Cut again and again while it happens, at one process and at the other.
        var pieces = new List<SseEvent>();
        using (var first = await SseClient.Connect(riq.Api)) pieces.AddRange(await first.Take(30));
        while (pieces.Count < 570)
            using (var next = await SseClient.Connect(pieces.Count % 2 == 0 ? riq.Api : other, lastEventId: pieces[^1].Id)) pieces.AddRange(await next.Take(30 + pieces.Count % 7));
        await submitting;
        var all = await whole.Take(600);
        Assert.Equal(600, all.Select(e => e.Id).Distinct().Count());
        var from = Array.FindIndex(all, e => e.Id == pieces[0].Id);
        Assert.Equal(all.Skip(from).Take(pieces.Count).Select(e => e.Id), pieces.Select(e => e.Id).Take(600 - from));
    }

    [Theory]
    [InlineData("nonsense"), InlineData("7-0197f0c2a1b27c3d8e4f5a6b7c8d9e0f-1")]
    public async Task An_id_that_leads_nowhere_gets_a_reset_and_then_what_happens(string id)
    {
        await using var riq = await RiqCluster.Start();
        using var stream = await SseClient.Connect(riq.Api, lastEventId: id);
        Assert.Equal("reset", (await stream.Next())!.Name);
        var token = await riq.Api.Submit("fake.read");
        Assert.Equal(token, (await stream.Next())!.Token);
    }

    [Fact]
    public async Task An_id_older_than_the_time_for_resuming_gets_a_reset()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Events:Replay", "00:10:00");
        await riq.StartWorker();
        await riq.StartApi();
        string id;
        using (var stream = await SseClient.Connect(riq.Api))
        {
            await riq.Api.Submit("fake.read");
            id = (await stream.Next())!.Id!;
        }
        await riq.Database.Execute("update request_events set at = at - interval '11 minutes'");
        using var late = await SseClient.Connect(riq.Api, lastEventId: id);
        Assert.Equal("reset", (await late.Next())!.Name);
    }

    [Fact]
    public async Task Filters_leave_out_what_was_not_asked_for()
    {
        await using var riq = await RiqCluster.Create(new FakeService(), new FakeService("other"));
        await riq.StartWorker();
        await riq.StartApi();
        using var byStatus = await SseClient.Connect(riq.Api, "?status=completed,dead&service=other");
        var mine = await riq.Api.Submit("other.read");
        using var byToken = await SseClient.Connect(riq.Api, $"?token={mine}", lastEventId: null);
        await riq.Api.End(await riq.Api.Submit("fake.read"));
        var second = await riq.Api.Submit("other.read");
        Assert.Equal([$"{mine} completed", $"{second} completed"], (await byStatus.Take(2)).Select(e => $"{e.Token} {e.Status}"));
        foreach (var wrong in new[] { "?status=lost", "?token=x", "?colour=red" })
            await Refusal.Of(riq.Api.Get("/api/queue/events" + wrong), HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Silence_is_broken_by_comments()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Events:Heartbeat", "00:00:00.100");
        await riq.StartApi();
        using var stream = await SseClient.Connect(riq.Api);
        await stream.Silence(3);
    }

    [Fact]
    public async Task Nobody_hears_of_another_s_requests()
    {
        await using var riq = await RiqCluster.Create();
        foreach (var name in new[] { "anna", "bert" }) riq.With($"ApiKeys:{name}", "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name))));
        await riq.StartWorker();
        await riq.StartApi();
        using HttpClient anna = riq.Api.ClientWith("anna"), bert = riq.Api.ClientWith("bert");
        using SseClient annas = await SseClient.Connect(riq.Api, http: anna), berts = await SseClient.Connect(riq.Api, http: bert);
        var (a, b) = (await Submit(anna), await Submit(bert));
        Assert.Equal([a, a, a], (await annas.Take(3)).Select(e => e.Token));
        Assert.Equal([b, b, b], (await berts.Take(3)).Select(e => e.Token));

        static async Task<string> Submit(HttpClient client)
        {
            using var content = new StringContent("""{"operation":"fake.read","payload":{"text":"a"}}""", Encoding.UTF8, "application/json");
            return (await client.PostAsync(new Uri("/api/queue/submit", UriKind.Relative), content).Json()).Text("token")!;
        }
    }

    [Fact]
    public async Task A_thousand_listeners_hear_everything_and_do_not_hold_up_the_end_of_the_process()
    {
        await using var riq = await RiqCluster.Start();
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 1_100 }) { BaseAddress = riq.Api.Http.BaseAddress, Timeout = TimeSpan.FromMinutes(2) };
        var listeners = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(_ => SseClient.Connect(riq.Api, http: http)));
        var heard = listeners.Select(l => l.Take(60)).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => riq.Api.Submit("fake.read")));
        var first = (await heard[0]).Select(e => e.Id).ToArray();
        foreach (var one in heard) Assert.Equal(first, (await one).Select(e => e.Id));
        Assert.True(await riq.Api.Host.Metric("riq_event_listeners") >= 1_000);

        var watch = System.Diagnostics.Stopwatch.StartNew();
        await riq.Stop(riq.Api.Host);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), $"It took {watch.Elapsed}.");
        foreach (var listener in listeners) listener.Dispose();
    }

    [Fact]
    public async Task An_outage_of_Postgres_costs_no_event()
    {
        await using var riq = await RiqCluster.Start();
        using var stream = await SseClient.Connect(riq.Api);
        riq.Postgres.CutConnections();
        var token = await Eventually.Value(async () => { try { return await riq.Api.Submit("fake.read"); } catch (InvalidOperationException) { return null; } }, t => t is not null);
        Assert.Equal([token, token, token], (await stream.Take(3)).Select(e => e.Token));
    }
}
