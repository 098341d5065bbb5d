using Npgsql;
using Riq.Engine.Observability;
using Riq.Engine.Outbox;
using Riq.Engine.Requests;
using Riq.Engine.Storage;

namespace Riq.Engine.Order;

/// <summary>
/// Runs an ended request again, and on request everything that failed because of it: that waits for its end anew. One transaction;
/// what it depends on is locked, so that it can't end unseen.
/// </summary>
sealed class RetryWithDependents(Database database, TransitionStore store, RequestLife life, OutboxRelay relay, RequestLog log, TimeProvider time)
{
    /// <summary>More dependents than this stay as they are; the same command again goes on with them.</summary>
    const int Most = 5_000;

    const string FailedSql = """
        with recursive down(id) as (
          select $1::uuid
          union
          select d.request_id from down join request_dependencies d on d.depends_on = down.id join queue_requests q on q.id = d.request_id
          where q.status = 'failed' and q.error->>'code' in ('DEPENDENCY_FAILED', 'CONSISTENCY_TOKEN_INVALID'))
        select id from down limit $2
        """;

    const string LanesSql = "select distinct lane_key from queue_requests where id = any($1) and lane_key is not null";

    const string LockSql = """
        select 1 from queue_requests q where q.id = any($1) or q.id in (select depends_on from request_dependencies where request_id = any($1) and not done)
        order by q.id for no key update
        """;

    const string LoadSql = $"select {RequestRow.Columns} from queue_requests r where r.id = any($1) order by r.depth, r.id";

    const string OpenSql = """
        select d.request_id, d.depends_on, coalesce(p.status, 'failed') from request_dependencies d left join queue_requests p on p.id = d.depends_on
        where d.request_id = any($1) and not d.done
        """;

    /// <summary>Refused when the request is not ended, when nobody knows whether it took effect, or when what it depends on has not succeeded and is not run again.</summary>
    public async Task<CommandOutcome> Run(Guid id, string by, bool withDependents)
    {
        using var messages = new HandOvers(relay, time);
        await using var connection = await database.Hot.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var ids = withDependents ? (await new NpgsqlCommand(FailedSql, connection).With(id).With(Most).List(r => r.GetGuid(0))).ToArray() : [id];
        var requests = await Lock(ids, connection);
        if (requests.Find(r => r.CorrelationId == id) is not { } first) return CommandOutcome.NotFound;
        var again = await Decide(requests, first, by, connection);
        if (again.Length == 0) return CommandOutcome.Refused;
        await Save(again, connection, messages);
        await transaction.CommitAsync();
        messages.Send();
        foreach (var request in again) log.Changed(request, request.Pending!, null);
        return CommandOutcome.Done;
    }

    static async Task<List<QueueRequest>> Lock(Guid[] ids, NpgsqlConnection connection)
    {
        var lanes = await new NpgsqlCommand(LanesSql, connection).With(ids).List(r => r.GetString(0));
        await using var locks = new NpgsqlBatch(connection) { BatchCommands = { LaneStatements.Lock(lanes, []), new NpgsqlBatchCommand(LockSql).With(ids) } };
        await locks.ExecuteNonQueryAsync();
        return await new NpgsqlCommand(LoadSql, connection).With(ids).List(RequestRow.Read);
    }

    // Those before come first: what they wait for has been decided when their turn comes.
    async Task<QueueRequest[]> Decide(List<QueueRequest> requests, QueueRequest first, string by, NpgsqlConnection connection)
    {
        var open = (await new NpgsqlCommand(OpenSql, connection).With(requests.Select(r => r.CorrelationId).ToArray()).List(r => (Id: r.GetGuid(0), On: r.GetGuid(1), Status: r.GetString(2)))).ToLookup(o => o.Id);
        var again = new Dictionary<Guid, QueueRequest>();
        foreach (var request in requests)
        {
            if (request.Status is not (RequestStatus.Failed or RequestStatus.Dead) || RequestStateMachine.HasUnknownOutcome(request)) continue;
            var waits = open[request.CorrelationId].Where(o => again.ContainsKey(o.On) || o.Status != RequestStatus.Completed).ToArray();
            if (waits.Any(o => !again.ContainsKey(o.On) && RequestStatus.IsEnd(o.Status))) continue;
            if (await life.Raise(request, life.Machine.RetryRequested, new RetryRequested(by) { PendingDependencies = waits.Length })) again[request.CorrelationId] = request;
        }
        // A request that could not be run again leaves its dependents as they are, unless it needs no other run.
        return again.ContainsKey(first.CorrelationId) || first.Status == RequestStatus.Completed ? [.. again.Values] : [];
    }

    async Task Save(QueueRequest[] again, NpgsqlConnection connection, HandOvers messages)
    {
        foreach (var chunk in again.Chunk(500))
        {
            var commands = Array.ConvertAll(chunk, r => TransitionStore.CommandOf(r, Guid.CreateVersion7()));
            var reserved = messages.Reserve(commands.Count(c => c is not null) + 1 + store.MessagesWith(chunk));
            var saved = await store.Save(chunk, commands, reserved, connection);
            if (reserved) saved.AddTo(messages, chunk, commands);
        }
    }
}
