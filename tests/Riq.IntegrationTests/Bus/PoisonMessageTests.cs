using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Bus;

/// <summary>Messages that nobody can read end where they are seen and counted.</summary>
[Collection(AloneCollection.Name)]
public sealed class PoisonMessageTests
{
    [Fact]
    public async Task What_can_not_be_read_goes_to_the_error_queue_or_the_skipped_queue_and_is_counted()
    {
        await using var riq = await RiqCluster.Create(new FakeService("poisoned"));
        await riq.StartApi();
        var worker = await riq.StartWorker();
        await riq.Api.End(await riq.Api.Submit("poisoned.read"));

        await riq.Broker.Publish("riq.commands", "this is not JSON");
        await riq.Broker.Publish("riq.commands", """{"messageType":["urn:message:Somebody.Else:Greeting"],"message":{"text":"hello"}}""");
        await riq.Broker.Publish("riq.poisoned.normal", """{"messageType":["urn:message:Riq.Engine.Execution:ExecuteRequest"],"message":{"requestId":"no id","attempt":"one"}}""");
        await riq.Broker.Publish("riq.poisoned.normal", "\u0001\u0002", "application/octet-stream");

        await Eventually.True(async () => await riq.Broker.Messages("riq.commands_error") == 1);
        await Eventually.True(async () => await riq.Broker.Messages("riq.commands_skipped") == 1);
        await Eventually.True(async () => await riq.Broker.Messages("riq.poisoned.normal_error") == 2);
        await Eventually.True(async () => await worker.Metric("riq_error_queue_messages{queue=\"riq.commands_error\"}") == 1);
        await Eventually.True(async () => await worker.Metric("riq_error_queue_messages{queue=\"riq.commands_skipped\"}") == 1);
        await Eventually.True(async () => await worker.Metric("riq_error_queue_messages{queue=\"riq.poisoned.normal_error\"}") == 2);
        await Eventually.True(async () => await worker.Metric("riq_error_queue_messages{queue=\"riq.poisoned.high_error\"}") == 0);

        // And nobody behind them waits.
        Assert.Equal("completed", (await riq.Api.End(await riq.Api.Submit("poisoned.read"))).GetProperty("status").GetString());
    }

    [Fact]
    public async Task The_worker_that_meets_it_counts_it_also_when_another_one_leads()
    {
        await using var riq = await RiqCluster.Create(new FakeService("unread"));
        var lines = riq.NewLines();
        await riq.StartWorker("leader", lines);
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from leadership where leader = 'leader'") == 1);
        lines.RabbitMq.Cut();
        var other = await riq.StartWorker("other");
        await Eventually.True(async () => await riq.Broker.Messages("riq.unread.low") is not null);
        await riq.Broker.Publish("riq.unread.low", "this is not JSON");
        await Eventually.True(async () => await other.Metric("riq_error_queue_messages{queue=\"riq.unread.low_error\"}") == 1);
    }

    [Fact]
    public async Task The_request_of_an_unreadable_command_is_found_and_sent_again()
    {
        await using var riq = await RiqCluster.Start();
        riq.RabbitMq.Cut();
        var token = await riq.Api.Submit();
        await riq.Database.Execute("update outbox set body = 'garbage'::bytea");
        riq.RabbitMq.Restore();
        Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        Assert.Equal(1, await riq.Broker.Messages("riq.fake.normal_error"));
        Assert.Single(riq.Service.Calls);
    }
}
