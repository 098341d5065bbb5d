using Riq.Engine.Observability;
using Riq.Engine.Outbox;
using Riq.Engine.Sweepers;

namespace Riq.Engine.Timeline;

/// <summary>
/// Publishes events about requests in batches, in their order, at least once: the timeline is their outbox, and a cursor says how far it has been
/// sent. While nobody listens, one event of each kind is tried and the rest is passed over.
/// </summary>
sealed class EventSweeper(ChangeReader reader, EventCursor cursor, BrokerPublisher broker, RiqOptions options) : ISweeper
{
    const int Page = 500;
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50), PauseAfterFault = TimeSpan.FromSeconds(1), PauseWhenOff = TimeSpan.FromSeconds(60);
    bool _listened, _failed;

    public string Name => "events";
    public TimeSpan Interval => !options.Events.Publish ? PauseWhenOff : _failed ? PauseAfterFault : Pause;

    public async Task Sweep(TimeSpan leadingFor, CancellationToken cancellation)
    {
        if (!options.Events.Publish) { await cursor.Forget(cancellation); return; }
        _failed = true;
        await PublishSome(cancellation);
        _failed = false;
    }

    async Task PublishSome(CancellationToken cancellation)
    {
        if (await cursor.Read(cancellation) is not { } at) { await cursor.Move(await reader.Now(cancellation), cancellation); return; }
        ChangePosition? told = null;
        if (!_listened && (told = await TryOneOfEachKind(at, cancellation)) is null) return;
        _listened = await PublishAll(at, told, cancellation);
    }

    // The first change that somebody wanted to hear of; null when nobody was bound to any of these exchanges just now: then nobody misses what is passed over.
    async Task<ChangePosition?> TryOneOfEachKind(ChangePosition at, CancellationToken cancellation)
    {
        var (samples, end) = await reader.Samples(at, cancellation);
        foreach (var sample in samples)
            if (await broker.PublishEvents([BusEvent.MessageOf(sample)])) return sample.Position;
        if (end != at) await cursor.Move(end, cancellation);
        return null;
    }

    // False when there was something and nobody wanted it.
    async Task<bool> PublishAll(ChangePosition at, ChangePosition? told, CancellationToken cancellation)
    {
        var wanted = told is null ? 0 : 1;
        var seen = 0;
        for (var more = true; more;)
        {
            (var changes, var end, more) = await reader.Read(at, Page, cancellation);
            foreach (var kind in changes.Where(c => c.Position != told).GroupBy(c => c.Status))
            {
                if (!await broker.PublishEvents([.. kind.Select(BusEvent.MessageOf)])) continue;
                wanted += kind.Count();
                RiqMetrics.EventsPublished.WithLabels(kind.Key).Inc(kind.Count());
            }
            seen += changes.Count;
            if (end != at) await cursor.Move(end, cancellation);
            at = end;
        }
        return seen == 0 || wanted > 0;
    }
}
