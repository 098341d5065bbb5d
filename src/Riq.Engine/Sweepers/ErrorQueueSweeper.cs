using Riq.Engine.Bus;
using Riq.Engine.Observability;
using Riq.Engine.Outbox;
using Riq.Engine.Requests;
using Riq.Engine.Submission;

namespace Riq.Engine.Sweepers;

/// <summary>Counts the messages that nobody could read: MassTransit moves them to <c>&lt;queue&gt;_error</c> and <c>&lt;queue&gt;_skipped</c>.</summary>
sealed class ErrorQueueSweeper(BrokerPublisher broker, OperationCatalog catalog, RiqOptions options) : ISweeper
{
    // Asking for a queue that is not there is an error in RabbitMQ's log, and these are hopefully never there: one of them a sweep.
    readonly Queue<string> _missing = new(
        from queue in (from s in catalog.Services from p in Priorities.All select Destinations.WorkQueue(s, p)).Append(BusRegistration.CommandQueue).Append(BusRegistration.SubmitQueue)
        from kind in new[] { "_error", "_skipped" }
        select queue + kind);

    readonly HashSet<string> _known = [];

    public string Name => "error_queues";
    public TimeSpan Interval => 2 * options.SweepInterval;

    public async Task Sweep(TimeSpan steadyFor, CancellationToken cancellation)
    {
        foreach (var queue in _known.ToArray())
            if (!await Count(queue)) { _known.Remove(queue); _missing.Enqueue(queue); }
        if (!_missing.TryPeek(out var next)) return;
        var there = await Count(next);
        _missing.Dequeue();
        if (there) _known.Add(next);
        else _missing.Enqueue(next);
    }

    // False when there is no such queue.
    async Task<bool> Count(string queue)
    {
        var messages = await broker.CountReady(queue);
        RiqMetrics.ErrorQueueMessages.WithLabels(queue).Set(messages ?? 0);
        return messages is not null;
    }
}
