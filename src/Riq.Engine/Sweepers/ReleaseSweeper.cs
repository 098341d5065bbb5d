using Microsoft.Extensions.Logging;
using Riq.Engine.Observability;
using Riq.Engine.Order;
using Riq.Engine.Outbox;
using Riq.Engine.Requests;
using Riq.Engine.Storage;

namespace Riq.Engine.Sweepers;

/// <summary>
/// Lets requests go whose reason to wait has passed without anybody noticing: a safety net that should never catch anything.
/// Takes the same locks as everybody, so it may run beside those that release in time.
/// </summary>
sealed class ReleaseSweeper(Database database, Dependents dependents, OutboxRelay relay, RequestLog requestLog, RiqOptions options, TimeProvider time, ILogger<ReleaseSweeper> log) : ISweeper
{
    const int Batch = 200;

    const string ForgottenSql = """
        select r.id from queue_requests r
        where r.status = 'queued' and not r.ready and r.lane_seq is null and r.updated_at < now() - $1
          and (not exists (select from request_dependencies d where d.request_id = r.id and not d.done)
               or exists (select from request_dependencies d left join queue_requests p on p.id = d.depends_on
                          where d.request_id = r.id and not d.done and coalesce(p.status, 'failed') in ('completed', 'failed', 'dead')))
        order by r.updated_at limit $2
        """;

    const string StuckSql = """
        select distinct r.lane_key from queue_requests r
        where r.status = 'queued' and not r.ready and r.lane_seq is not null and r.updated_at < now() - $1
          and not exists (select from queue_requests q where q.lane_key = r.lane_key and q.lane_seq < r.lane_seq) limit $2
        """;

    // Nobody holds a place there, and whoever takes the row's lock meanwhile has used it.
    const string UnusedSql = """
        delete from lanes l where l.key in (select key from lanes where used_at < now() - interval '1 day' limit $1)
          and l.used_at < now() - interval '1 day' and not exists (select from queue_requests q where q.lane_key = l.key and q.lane_seq is not null)
        """;

    public string Name => "releases";
    public TimeSpan Interval => 2 * options.SweepInterval;

    public async Task Sweep(TimeSpan steadyFor, CancellationToken cancellation)
    {
        // Not what is being released at this very moment.
        var forgotten = await database.Plain.CreateCommand(ForgottenSql).With(options.SweepInterval).With(Batch).List(r => r.GetGuid(0), cancellation);
        if (forgotten.Count > 0) await Release(forgotten);
        var stuck = await database.Plain.CreateCommand(StuckSql).With(options.SweepInterval).With(Batch).List(r => r.GetString(0), cancellation);
        if (stuck.Count > 0) await MoveOn(stuck);
        await database.Plain.CreateCommand(UnusedSql).With(Batch).Run(cancellation);
    }

    async Task Release(List<Guid> forgotten)
    {
        using var messages = new HandOvers(relay, time);
        await using var connection = await database.Hot.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var settled = await dependents.Settle(forgotten, connection, messages);
        await transaction.CommitAsync();
        messages.Send();
        foreach (var request in settled) requestLog.Changed(request, request.Pending!, null);
        if (settled.Count > 0) log.ReleasedLate(settled.Count);
    }

    async Task MoveOn(List<string> lanes)
    {
        await using var batch = database.Hot.CreateBatch();
        batch.BatchCommands.Add(LaneStatements.Lock(lanes, []));
        batch.BatchCommands.Add(LaneStatements.Advance(lanes, TimeSpan.Zero));
        var moved = await batch.List(r => r.GetGuid(0));
        if (moved.Count > 0) log.ReleasedLate(moved.Count);
    }
}
