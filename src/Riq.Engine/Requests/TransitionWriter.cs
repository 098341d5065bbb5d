using Npgsql;
using Riq.Engine.Batching;
using Riq.Engine.Observability;
using Riq.Engine.Order;
using Riq.Engine.Outbox;
using Riq.Engine.Storage;

namespace Riq.Engine.Requests;

/// <summary>Stores changes in batches, then does what follows from them: sends the messages, logs, counts.</summary>
sealed class TransitionWriter
{
    readonly Database _database;
    readonly TransitionStore _store;
    readonly Dependents _dependents;
    readonly LaneChanges _lanes;
    readonly OutboxRelay _relay;
    readonly RequestLog _log;
    readonly TimeProvider _time;
    readonly GroupCommit<QueueRequest, bool> _changes, _ofLanes, _followed;

    public TransitionWriter(Database database, TransitionStore store, Dependents dependents, LaneChanges lanes, OutboxRelay relay, RequestLog log, TimeProvider time)
    {
        (_database, _store, _dependents, _lanes, _relay, _log, _time) = (database, store, dependents, lanes, relay, log, time);
        _changes = new(batch => Newest(batch, Save));
        // Apart from the others, who must not wait for the locks of lanes and of requests that wait.
        _ofLanes = new(batch => Newest(batch, Save));
        _followed = new(batch => Newest(batch, SaveFollowed), maxBatch: 64);
    }

    /// <summary>True when it was stored; false when the row had moved on and the change was refused. Throws when Postgres is away.</summary>
    public async Task<bool> Write(QueueRequest request)
    {
        var isEnd = RequestStatus.IsEnd(request.Status);
        if (isEnd && request.HasDependents) return await _followed.Add(request);
        if (await (_lanes.Concerns(request) ? _ofLanes : _changes).Add(request)) return true;
        // Refused: the row has moved on, or somebody waits for it since it was read.
        return isEnd && await _followed.Add(request);
    }

    // Of several changes of one request only that of the newest version can still apply; the row has moved on for the others.
    static async Task<bool[]> Newest(QueueRequest[] batch, Func<QueueRequest[], Task<StoredChange[]>> save)
    {
        var newest = batch.OrderByDescending(r => r.Version).DistinctBy(r => r.CorrelationId).ToArray();
        var saved = await save(newest);
        var stored = newest.Where((_, i) => saved[i].Stored).ToHashSet(ReferenceEqualityComparer.Instance);
        return Array.ConvertAll(batch, stored.Remove);
    }

    async Task<StoredChange[]> Save(QueueRequest[] batch)
    {
        using var messages = new HandOvers(_relay, _time);
        var changes = await Save(batch, messages, within: null);
        messages.Send();
        Log(batch, changes);
        return changes;
    }

    /// <summary>Ends of requests that others wait for: one transaction with what follows for these.</summary>
    async Task<StoredChange[]> SaveFollowed(QueueRequest[] batch)
    {
        using var messages = new HandOvers(_relay, _time);
        await using var connection = await _database.Hot.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await LockLanes(batch, connection);
        var changes = await Save(batch, messages, connection);
        var ended = batch.Where((_, i) => changes[i].Stored).Select(r => r.CorrelationId).ToArray();
        var settled = ended.Length == 0 ? [] : await _dependents.Settle(await DependencyStore.DependentsOf(ended, connection), connection, messages);
        await transaction.CommitAsync();
        messages.Send();
        Log(batch, changes);
        foreach (var request in settled) _log.Changed(request, request.Pending!, null);
        return changes;
    }

    // Lanes come before requests in everybody's order of locks. The lane of a request whose entity is known only now is locked
    // late: nobody waits there yet, and if somebody does, Postgres breaks the tie and the batch is repeated.
    async Task LockLanes(QueueRequest[] batch, NpgsqlConnection connection)
    {
        var keys = (await DependencyStore.LanesBehind(batch.Select(r => r.CorrelationId), connection)).Concat(batch.Where(_lanes.Concerns).Select(r => r.LaneKey!)).ToArray();
        if (keys.Length == 0) return;
        await using var locks = new NpgsqlBatch(connection) { BatchCommands = { LaneStatements.Lock(keys, []) } };
        await locks.ExecuteNonQueryAsync();
    }

    async Task<StoredChange[]> Save(QueueRequest[] batch, HandOvers messages, NpgsqlConnection? within)
    {
        var commands = Array.ConvertAll(batch, r => TransitionStore.CommandOf(r, Guid.CreateVersion7()));
        var reserved = messages.Reserve(batch.Count(r => r.Pending!.NextAttemptIn == TimeSpan.Zero) + 1 + _store.MessagesWith(batch));
        var saved = await _store.Save(batch, commands, reserved, within);
        if (reserved) saved.AddTo(messages, batch, commands);
        return saved.Changes;
    }

    void Log(QueueRequest[] batch, StoredChange[] changes)
    {
        for (var i = 0; i < batch.Length; i++)
            if (changes[i].Stored) _log.Changed(batch[i], batch[i].Pending!, changes[i].AttemptTook);
    }
}
