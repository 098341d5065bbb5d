using Riq.Engine.Observability;
using Riq.Engine.Outbox;

namespace Riq.Engine.Sweepers;

/// <summary>Counts what lies in a queue of messages that nobody could read, for <c>riq_error_queue_messages</c>.</summary>
sealed class ErrorQueues(BrokerPublisher broker)
{
    public static TimeSpan CountEvery(RiqOptions options) => 2 * options.SweepInterval;

    /// <summary>False when there is no such queue. Throws when the broker is away.</summary>
    public async Task<bool> Count(string queue)
    {
        var messages = await broker.CountReady(queue);
        RiqMetrics.ErrorQueueMessages.WithLabels(queue).Set(messages ?? 0);
        return messages is not null;
    }
}
