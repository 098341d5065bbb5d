using Riq.Engine.Bus;
using Riq.Engine.Outbox;
using Riq.Engine.Requests;
using Riq.Engine.Submission;

namespace Riq.Engine.Sweepers;

/// <summary>
/// Finds the queues of messages that nobody could read that were there before any running process could notice
/// (<see cref="UnreadableMessages"/>), and counts what lies in them.
/// </summary>
sealed class ErrorQueueSweeper(ErrorQueues queues, OperationCatalog catalog, RiqOptions options, TimeProvider time) : ISweeper
{
    // Asking for a queue that is not there is an error in RabbitMQ's log, and these are hopefully never there: each once by a new leader, one a sweep, and then now and then.
    static readonly TimeSpan AskAgainAfter = TimeSpan.FromHours(1);

    readonly Queue<(string Name, long? AskedAt)> _missing = new(
        from queue in (from s in catalog.Services from p in Priorities.All select Destinations.WorkQueue(s, p)).Append(BusRegistration.CommandQueue).Append(BusRegistration.SubmitQueue)
        from kind in new[] { "_error", "_skipped" }
        select (queue + kind, (long?)null));

    readonly HashSet<string> _known = [];

    public string Name => "error_queues";
    public TimeSpan Interval => ErrorQueues.CountEvery(options);

    public async Task Sweep(TimeSpan steadyFor, CancellationToken cancellation)
    {
        foreach (var queue in _known.ToArray())
            if (!await queues.Count(queue)) { _known.Remove(queue); _missing.Enqueue((queue, time.GetTimestamp())); }
        if (!_missing.TryPeek(out var next) || next.AskedAt is { } at && time.GetElapsedTime(at) < AskAgainAfter) return;
        var there = await queues.Count(next.Name);
        _missing.Dequeue();
        if (there) _known.Add(next.Name);
        else _missing.Enqueue((next.Name, time.GetTimestamp()));
    }
}
