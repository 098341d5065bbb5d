using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Riq.Engine.Bus;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Bus;

/// <summary>Queue <c>riq.submit</c> and its consumer come back, whatever happens to them, and operators see when they do not.</summary>
[Collection(AloneCollection.Name)]
public sealed class SubmitQueueTests
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);   // MassTransit waits up to half a minute between its tries

    [Fact]
    public async Task A_queue_that_an_operator_deletes_is_made_and_consumed_again()
    {
        await using var riq = await RiqCluster.Start();
        await IsTaken(riq, "before");
        await riq.Broker.DeleteQueue("riq.submit");
        await IsTaken(riq, "after");
    }

    [Fact]
    public async Task A_broker_that_has_lost_everything_gets_the_queue_again()
    {
        await using var riq = await RiqCluster.Start();
        await IsTaken(riq, "before");
        await riq.Broker.Wipe();
        await IsTaken(riq, "after");
    }

    [Fact]
    public async Task A_process_that_starts_without_RabbitMQ_takes_submissions_once_it_is_there()
    {
        await using var riq = await RiqCluster.Create();
        riq.RabbitMq.Cut();
        await riq.StartApi();
        riq.RabbitMq.Restore();
        await IsTaken(riq, "late");
    }

    [Fact]
    public async Task A_connection_that_breaks_before_anything_is_bound_to_the_queue_is_made_again()
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartApi();
        await Eventually.True(async () => (await riq.Broker.Queues()).Contains("riq.submit"), Limit);
        riq.RabbitMq.Cut();
        riq.RabbitMq.Restore();
        await IsTaken(riq, "early");
    }

    [Fact]
    public async Task Endpoints_that_MassTransit_has_given_up_are_connected_anew()
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartApi();
        BusEndpoint[] all = [.. Endpoints(await riq.StartWorker()), .. Endpoints(riq.Api.Host)];
        Assert.Equal(["events", "riq.commands", "riq.submit"], all.Select(e => e.Name).Order(StringComparer.Ordinal));
        foreach (var endpoint in all)
        {
            await Eventually.True(() => endpoint.IsReady, Limit);
            await endpoint.Stop(CancellationToken.None);
            Assert.False(endpoint.IsReady);
        }
        foreach (var endpoint in all) await Eventually.True(() => endpoint.IsReady, Limit);
        await IsTaken(riq, "again");
    }

    [Fact]
    public async Task What_waits_in_the_queue_and_for_how_long_is_measured()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Bus:SubmitPrefetch", 1);
        await riq.StartApi();
        await IsTaken(riq, "before");
        riq.Postgres.Cut();
        for (var i = 0; i < 5; i++) await Send(riq, $"held-{i}");
        await Eventually.True(async () => await Metric("messages") == 4, Limit);
        await Eventually.True(async () => await Metric("stalled_seconds") > 3, Limit);   // longer than StuckAfter, and nothing is connected anew for it: the message is held
        Assert.Equal(5, await riq.Broker.Messages("riq.submit"));
        riq.Postgres.Restore();
        await Eventually.True(async () => await Metric("messages") == 0 && await Metric("stalled_seconds") == 0, Limit);
        await Eventually.True(async () => await riq.Api.Host.Metric("""riq_bus_endpoint_ready{queue="riq.submit"}""") == 1, Limit);

        Task<double?> Metric(string name) => riq.Api.Host.Metric($"riq_bus_queue_{name}{{queue=\"riq.submit\"}}");
    }

    static IEnumerable<BusEndpoint> Endpoints(WebApplication host) => host.Services.GetServices<BusEndpoint>();

    static Task Send(RiqCluster riq, string key) =>
        riq.Broker.Publish("riq.submit", """{"operation":"fake.write","payload":{"text":"hello"}}""", new Dictionary<string, object> { ["message_id"] = key });

    static async Task IsTaken(RiqCluster riq, string key)
    {
        await Eventually.True(async () => await riq.Broker.Consumers("riq.submit") > 0, Limit);
        await Send(riq, key);
        await Eventually.True(async () => await riq.Database.Scalar<long>($"select count(*) from queue_requests where idempotency_key = 'msg:{key}'") == 1, Limit);
    }
}
