using Riq.Engine.Batching;
using Riq.Engine.Observability;
using Riq.Engine.Outbox;

namespace Riq.Engine.Requests;

/// <summary>Stores changes in batches, then does what follows from them: sends the messages, logs, counts.</summary>
sealed class TransitionWriter
{
    readonly TransitionStore _store;
    readonly OutboxRelay _relay;
    readonly RequestLog _log;
    readonly TimeProvider _time;
    readonly GroupCommit<QueueRequest, bool> _changes;

    public TransitionWriter(TransitionStore store, OutboxRelay relay, RequestLog log, TimeProvider time)
    {
        (_store, _relay, _log, _time) = (store, relay, log, time);
        _changes = new(Store);
    }

    /// <summary>True when it was stored; false when the row had moved on and the change was refused. Throws when Postgres is away.</summary>
    public Task<bool> Write(QueueRequest request) => _changes.Add(request);

    async Task<bool[]> Store(QueueRequest[] batch)
    {
        // Of several changes of one request only that of the newest version can still apply; the row has moved on for the others.
        var newest = batch.OrderByDescending(r => r.Version).DistinctBy(r => r.CorrelationId).ToArray();
        var saved = await SaveAndSend(newest);
        var stored = newest.Where((_, i) => saved[i].Stored).ToHashSet(ReferenceEqualityComparer.Instance);
        return Array.ConvertAll(batch, stored.Remove);
    }

    async Task<StoredChange[]> SaveAndSend(QueueRequest[] batch)
    {
        var commands = Array.ConvertAll(batch, r => TransitionStore.CommandOf(r, Guid.CreateVersion7()));
        var room = batch.Count(r => r.Pending!.NextAttemptIn == TimeSpan.Zero) + 1 + _store.MessagesWith(batch);
        var reservedAt = _time.GetTimestamp();
        var reserved = _relay.TryReserve(room);
        try
        {
            var saved = await _store.Save(batch, commands, reserved);
            if (reserved)
            {
                for (var i = 0; i < batch.Length; i++)
                    if (saved.Changes[i].Stored && batch[i].Pending!.NextAttemptIn == TimeSpan.Zero) { _relay.HandOver(commands[i]!, reservedAt); room--; }
                if (saved.Announcement is { } announcement) { _relay.HandOver(announcement, reservedAt); room--; }
                foreach (var posted in saved.Posted) { _relay.HandOver(posted, reservedAt); room--; }
            }
            for (var i = 0; i < batch.Length; i++)
                if (saved.Changes[i].Stored) _log.Changed(batch[i], batch[i].Pending!, saved.Changes[i].AttemptTook);
            return saved.Changes;
        }
        finally { if (reserved) _relay.Release(room); }
    }
}
