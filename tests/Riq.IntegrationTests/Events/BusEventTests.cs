using System.Collections.Concurrent;
using MassTransit;
using Riq.Contracts;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Events;

/// <summary>Events about requests on the bus, as another service with MassTransit hears them.</summary>
public sealed class BusEventTests
{
    [Fact]
    public async Task A_service_that_listens_hears_of_every_change()
    {
        await using var riq = await RiqCluster.Start();
        await using var bus = await BusClient.Connect(riq);
        var heard = await Listen(bus);
        riq.Service.Answer = (call, _) => Task.FromResult(call.Payload.GetProperty("text").GetString() switch
        {
            "dead" => FakeService.Fail(ErrorCodes.ServiceUnavailable),
            "failed" => FakeService.Fail(ErrorCodes.NotFound),
            _ => FakeService.Ok(call.Payload),
        });
        var (done, failed, dead) = (await riq.Api.Submit("fake.read", "done"), await riq.Api.Submit("fake.read", "failed"), await riq.Api.Submit("fake.read", "dead", new { max_retries = 1 }));
        await Eventually.True(() => heard.Count >= 11);

        Assert.Equal(["RequestQueued 1", "RequestStarted 2", "RequestCompleted 3"], Of(heard, done));
        Assert.Equal(["RequestQueued 1", "RequestStarted 2", "RequestFailed 3"], Of(heard, failed));
        Assert.Equal(["RequestQueued 1", "RequestStarted 2", "RequestQueued 3", "RequestStarted 4", "RequestDead 5"], Of(heard, dead));
        Assert.Equal(ErrorCodes.NotFound, heard.Select(h => h.Message).OfType<RequestFailed>().Single().ErrorCode);
        Assert.Equal(ErrorCodes.ServiceUnavailable, heard.Select(h => h.Message).OfType<RequestDead>().Single().ErrorCode);
        var completed = heard.Select(h => h.Message).OfType<RequestCompleted>().Single();
        Assert.Equal(("fake.read", "fake", "local", 1), (completed.Operation, completed.Service, completed.ClientId, completed.Attempt));
        Assert.InRange(completed.At, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddSeconds(1));
    }

    [Fact]
    public async Task What_happens_while_RabbitMQ_is_away_is_told_when_it_is_back()
    {
        await using var riq = await RiqCluster.Start();
        await using var bus = await BusClient.Connect(riq);
        var heard = await Listen(bus);
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from event_cursor") == 1);
        riq.RabbitMq.Cut();
        var tokens = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => riq.Api.Submit("fake.read")));
        riq.RabbitMq.Restore();
        await Eventually.True(() => heard.Select(h => h.Id).Distinct().Count() == 600);
        Assert.Equal(tokens.Order(StringComparer.Ordinal), heard.Where(h => h.Message is RequestCompleted).Select(h => ((RequestCompleted)h.Message).Token).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Whoever_begins_to_listen_hears_what_happens_from_then_on()
    {
        await using var riq = await RiqCluster.Start();
        await riq.Api.End(await riq.Api.Submit("fake.read"));   // nobody listens
        await using var bus = await BusClient.Connect(riq);
        for (var round = 0; round < 3; round++)
        {
            var heard = await Listen(bus, $"listener-{round}");
            var token = await riq.Api.Submit("fake.read");
            await Eventually.True(() => Of(heard, token).Count() == 3);
        }
    }

    [Fact]
    public async Task A_cursor_from_another_server_is_given_up()
    {
        await using var riq = await RiqCluster.Create();
        await riq.Database.Execute("update event_cursor set xid = '9223372036854775807'");   // as in a dump that was restored here
        await riq.StartWorker();
        await riq.StartApi();
        await Eventually.True(async () => await riq.Database.Scalar<bool>("select xid <= pg_snapshot_xmin(pg_current_snapshot()) from event_cursor"));
        await using var bus = await BusClient.Connect(riq);
        var heard = await Listen(bus);
        var token = await riq.Api.Submit("fake.read");
        await Eventually.True(() => Of(heard, token).Count() == 3);
    }

    [Fact]
    public async Task Nothing_is_published_when_events_are_switched_off()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Events:Publish", false);
        await riq.StartWorker();
        await riq.StartApi();
        await using var bus = await BusClient.Connect(riq);
        var heard = await Listen(bus);
        await riq.Api.End(await riq.Api.Submit("fake.read"));
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from event_cursor") == 0);
        Assert.Empty(heard);
    }

    [Theory]
    [InlineData(true, 2), InlineData(false, 0)]
    public async Task Events_about_circuits_are_switched_off_with_the_others(bool publish, long waiting)
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Events:Publish", publish);
        riq.RabbitMq.Cut();   // what is to be published stays to be seen
        await riq.StartApi();
        foreach (var state in new[] { "open", "closed" })
            Assert.Equal(System.Net.HttpStatusCode.OK, (await riq.Api.Post("/api/queue/services/fake/circuit", new { state })).StatusCode);
        Assert.Equal(waiting, await riq.Database.Scalar<long>("select count(*) from outbox where destination like '%Circuit%'"));
    }

    static IEnumerable<string> Of(ConcurrentQueue<(Guid? Id, object Message)> heard, string token) => heard.DistinctBy(h => h.Id).Select(h => h.Message)
        .Select(m => (Name: m.GetType().Name, Token: (string)m.GetType().GetProperty("Token")!.GetValue(m)!, Version: (long)m.GetType().GetProperty("Version")!.GetValue(m)!))
        .Where(m => m.Token == token).OrderBy(m => m.Version).Select(m => $"{m.Name} {m.Version}");

    static async Task<ConcurrentQueue<(Guid? Id, object Message)>> Listen(BusClient bus, string queue = "listener")
    {
        var heard = new ConcurrentQueue<(Guid?, object)>();
        var endpoint = bus.Bus.ConnectReceiveEndpoint(queue, e =>
        {
            e.Handler<RequestQueued>(c => Keep(c.MessageId, c.Message));
            e.Handler<RequestStarted>(c => Keep(c.MessageId, c.Message));
            e.Handler<RequestCompleted>(c => Keep(c.MessageId, c.Message));
            e.Handler<RequestFailed>(c => Keep(c.MessageId, c.Message));
            e.Handler<RequestDead>(c => Keep(c.MessageId, c.Message));
        });
        await endpoint.Ready;
        return heard;

        Task Keep(Guid? id, object message) { heard.Enqueue((id, message)); return Task.CompletedTask; }
    }
}
