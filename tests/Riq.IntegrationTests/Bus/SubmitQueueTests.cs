using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Bus;

/// <summary>Queue <c>riq.submit</c> and its consumer come back, whatever happens to them.</summary>
public sealed class SubmitQueueTests
{
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

    [Theory]
    [InlineData(0), InlineData(50), InlineData(100), InlineData(150), InlineData(200), InlineData(250), InlineData(300), InlineData(350), InlineData(400), InlineData(500), InlineData(600), InlineData(800)]
    public async Task A_connection_that_breaks_while_the_process_starts_is_made_again(int milliseconds)
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartApi();
        await Task.Delay(milliseconds);
        riq.RabbitMq.Cut();
        await Task.Delay(1000);
        riq.RabbitMq.Restore();
        await IsTaken(riq, "early");
    }

    static async Task IsTaken(RiqCluster riq, string key)
    {
        await Eventually.True(async () => await riq.Broker.Consumers("riq.submit") > 0);
        await riq.Broker.Publish("riq.submit", """{"operation":"fake.write","payload":{"text":"hello"}}""", new Dictionary<string, object> { ["message_id"] = key });
        await Eventually.True(async () => await riq.Database.Scalar<long>($"select count(*) from queue_requests where idempotency_key = 'msg:{key}'") == 1);
    }
}
