using Npgsql;
using Riq.Contracts;
using Riq.Engine.Order;
using Riq.Engine.Outbox;
using Riq.Engine.Requests;
using Riq.Engine.Storage;

namespace Riq.Engine.Submission;

/// <summary>
/// Stores submissions that wait for others. In one transaction: lock lanes, lock what is waited for (so that it can't end unseen),
/// insert, and see to those whose dependencies have ended already.
/// </summary>
sealed class DependentSubmissionStore(Database database, SubmissionStore store, Dependents dependents)
{
    const int MaxRounds = 5;

    // What has ended well never ends again; everything else is told that its end has consequences.
    const string LockSql = """
        select id, client_id, status, depth, consistency_token is not null from queue_requests where id = any($1) order by id for no key update
        """;
    const string FlagSql = "update queue_requests set has_dependents = true where id = any($1) and not has_dependents and status <> 'completed'";

    /// <summary>Answers in the order of <paramref name="items"/>; what changed beside them is to be logged after the commit.</summary>
    public async Task<(Submitted[] Answers, List<QueueRequest> Settled)> Submit(IReadOnlyList<NewRequest> items, TimeSpan claim, HandOvers messages)
    {
        for (var round = 0; round < MaxRounds; round++)
            if (await Try(items, claim, messages) is { } done) return done;
        throw new InvalidOperationException("Idempotency keys kept appearing and vanishing.");
    }

    async Task<(Submitted[], List<QueueRequest>)?> Try(IReadOnlyList<NewRequest> items, TimeSpan claim, HandOvers messages)
    {
        var found = await Known(items);
        var open = SubmissionGraph.Open(items, found);
        await using var connection = await database.Hot.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var placed = await LaneSubmissionStore.WithLanes(open, connection);
        var awaited = await LockAwaited(placed, connection);
        var accepted = SubmissionGraph.Check(placed, awaited, found);
        if (await Insert(accepted, claim, connection) is not { } ready) return null;   // a key was taken meanwhile: look again
        foreach (var o in accepted) found[o.Request.Id] = new(o.Request.Id, RequestStatus.Queued, Replayed: false, SameContent: true) { Ready = ready[o.Request.Id] };
        var ended = awaited.Where(a => RequestStatus.IsEnd(a.Value.Status)).Select(a => a.Key).ToHashSet();
        var settled = await dependents.Settle(accepted.Where(o => o.Request.Dependencies.Any(d => ended.Contains(d.Id))).Select(o => o.Request.Id), connection, messages);
        await transaction.CommitAsync();
        foreach (var request in settled) found[request.CorrelationId] = found[request.CorrelationId] with { Status = request.Status };
        return ([.. items.Select(i => found[i.Id])], settled);
    }

    // After a commit in doubt the first try's own rows are met here.
    async Task<Dictionary<Guid, Submitted>> Known(IReadOnlyList<NewRequest> items)
    {
        var found = new Dictionary<Guid, Submitted>();
        await store.FindById([.. items], found);
        await store.FindByKey([.. items.Where(i => !found.ContainsKey(i.Id))], found);
        return found;
    }

    static async Task<Dictionary<Guid, AwaitedRequest>> LockAwaited(OrderedRequest[] placed, NpgsqlConnection connection)
    {
        var own = placed.Select(p => p.Request.Id).ToHashSet();
        var ids = placed.SelectMany(p => p.Request.Dependencies).Select(d => d.Id).Where(id => !own.Contains(id)).Distinct().Order().ToArray();
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { OrderedInsert.Lock(placed), new NpgsqlBatchCommand(LockSql).With(ids), new NpgsqlBatchCommand(FlagSql).With(ids) } };
        return (await batch.List(r => (Id: r.GetGuid(0), Row: new AwaitedRequest(r.GetString(1), r.GetString(2), r.GetInt32(3), r.GetBoolean(4))))).ToDictionary(r => r.Id, r => r.Row);
    }

    async Task<Dictionary<Guid, bool>?> Insert(OrderedRequest[] accepted, TimeSpan claim, NpgsqlConnection connection)
    {
        if (accepted.Length == 0) return [];
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { OrderedInsert.Insert(accepted, claim, store), OrderedInsert.Depend(accepted.Select(o => o.Request)) } };
        var ready = (await batch.List(r => (Id: r.GetGuid(0), Ready: r.GetBoolean(1)))).ToDictionary(r => r.Id, r => r.Ready);
        return ready.Count == accepted.Length ? ready : null;
    }
}
