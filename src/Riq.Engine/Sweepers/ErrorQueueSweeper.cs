using Riq.Engine.Bus;
using Riq.Engine.Observability;
using Riq.Engine.Outbox;
using Riq.Engine.Requests;
using Riq.Engine.Submission;

namespace Riq.Engine.Sweepers;

/// <summary>Counts the messages that nobody could read: MassTransit moves them to <c>&lt;queue&gt;_error</c> and <c>&lt;queue&gt;_skipped</c>.</summary>
sealed class ErrorQueueSweeper(BrokerPublisher broker, OperationCatalog catalog) : ISweeper
{
    readonly string[] _queues =
        [.. from queue in (from s in catalog.Services from p in Priorities.All select Destinations.WorkQueue(s, p)).Append(BusRegistration.CommandQueue)
            from kind in new[] { "_error", "_skipped" } select queue + kind];

    public string Name => "error_queues";
    public TimeSpan Interval => TimeSpan.FromSeconds(10);

    public async Task Sweep(TimeSpan leadingFor, CancellationToken cancellation)
    {
        foreach (var queue in _queues) RiqMetrics.ErrorQueueMessages.WithLabels(queue).Set(await broker.CountReady(queue) ?? 0);
    }
}
