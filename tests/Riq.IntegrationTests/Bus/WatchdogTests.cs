using Microsoft.Extensions.DependencyInjection;
using Riq.Engine.Bus;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Bus;

/// <summary>Endpoints that stop delivering are connected anew.</summary>
public sealed class WatchdogTests
{
    [Fact]
    public async Task Endpoints_that_were_connected_while_the_bus_was_starting_are_not_connected_twice()
    {
        await using var riq = await RiqCluster.Create();
        var endpoints = (await riq.StartWorker()).Services.GetRequiredService<WorkEndpoints>();
        var before = endpoints.Queues.Select(q => q.Endpoint).ToArray();
        await endpoints.StartAsync(CancellationToken.None);
        Assert.Equal(before, endpoints.Queues.Select(q => q.Endpoint));
        Assert.All(before, Assert.NotNull);
    }

    [Fact]
    public async Task A_worker_whose_consumer_the_broker_cancelled_consumes_again()
    {
        await using var riq = await RiqCluster.Start();
        await riq.Api.End(await riq.Api.Submit(text: "before"));
        foreach (var queue in await riq.Broker.Queues())
            if (queue.StartsWith("riq.fake.", StringComparison.Ordinal)) await riq.Broker.DeleteQueue(queue);
        foreach (var priority in new[] { "high", "normal", "low" })
            Assert.Equal("completed", (await riq.Api.End(await riq.Api.Submit(text: priority, more: new { priority }))).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_restarted_endpoint_delivers_each_message_once()
    {
        await using var riq = await RiqCluster.Create();
        var worker = await riq.StartWorker();
        await riq.StartApi();
        var endpoints = worker.Services.GetRequiredService<WorkEndpoints>();
        var normal = endpoints.Queues.Single(q => q.Name == "riq.fake.normal");
        await riq.Api.End(await riq.Api.Submit(text: "before"));

        for (var i = 0; i < 3; i++)
        {
            await endpoints.Restart(normal);
            Assert.Equal("completed", (await riq.Api.End(await riq.Api.Submit(text: $"restarted {i}"))).GetProperty("status").GetString());
        }
        Assert.Equal(4, riq.Service.Calls.Count);
    }

    [Fact]
    public async Task An_endpoint_that_was_stopped_behind_the_worker_s_back_is_started_again()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("LostAfter", "00:01:00");
        var worker = await riq.StartWorker();
        await riq.StartApi();
        await riq.Api.End(await riq.Api.Submit(text: "before"));
        var normal = worker.Services.GetRequiredService<WorkEndpoints>().Queues.Single(q => q.Name == "riq.fake.normal");
        await normal.Endpoint!.ReceiveEndpoint.Stop(CancellationToken.None);

        // Messages are there, slots are free, and nothing comes: after StuckAfter the watchdog acts.
        Assert.Equal("completed", (await riq.Api.End(await riq.Api.Submit(text: "stuck"))).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Connections_closed_from_the_broker_s_side_come_back()
    {
        await using var riq = await RiqCluster.Start();
        await riq.Api.End(await riq.Api.Submit(text: "before"));
        await riq.Broker.CloseConnections();
        foreach (var token in await Task.WhenAll(Enumerable.Range(0, 20).Select(i => riq.Api.Submit(text: $"n{i}"))))
            Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        Assert.Equal(21, riq.Service.Calls.Count);
    }
}
