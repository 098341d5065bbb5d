using Npgsql;
using Riq.Contracts;
using Riq.Engine.Execution;
using Riq.Engine.Outbox;
using Riq.Engine.Storage;
using Riq.Engine.Submission;
using Riq.Engine.Sweepers;

namespace Riq.Engine.Recovery;

/// <summary>What <see cref="BackupRecovery"/> has done.</summary>
/// <param name="LookedFor">Unfinished writes whose effect is looked for before they run.</param>
/// <param name="RunAgain">Unfinished requests that simply run: reads, and writes that bear a repetition.</param>
/// <param name="LookedForOnRetry">Failed and dead writes whose effect is looked for should they be retried.</param>
public readonly record struct Recovered(long LookedFor, long RunAgain, long LookedForOnRetry);

/// <summary>
/// Makes a database safe to work on that was restored from a backup. Whatever it shows as unfinished may have been carried
/// out after the backup was made: also what it shows as never begun, because that is only the backup's view. May be run again.
/// </summary>
public sealed class BackupRecovery(Database database, OperationCatalog catalog)
{
    const int Batch = 1_000;

    /// <summary>Far beyond every version that was given after the backup: an outcome from then, wherever it still hangs, fits none of these rows.</summary>
    const string RecoverSql = """
        with chosen as (
          select id from queue_requests where id > $1 and status in ('queued', 'processing', 'failed', 'dead') order by id limit $2 for update),
        changed as (
          update queue_requests r set
            status = case when r.status = 'processing' then 'queued' else r.status end,
            next_step = case when r.operation = any($3) then r.next_step else 'clear_up' end,
            unclear_from = case when r.operation = any($4) then r.unclear_from else r.created_at end,
            unclear_since = null,
            attempt = case when r.status in ('queued', 'processing') then r.attempt + 1 else r.attempt end,
            waiting_for = case when r.status not in ('queued', 'processing') or not r.ready then r.waiting_for when r.operation = any($3) then null else 'outcome_check' end,
            next_retry_at = null, lease_until = null, claim_id = null, worker = null, sent_at = now(), updated_at = now(), version = r.version + 1 + 1000000
          from chosen c where r.id = c.id
          returning r.id, r.service, r.priority, r.attempt, r.status, r.next_step, r.ready, r.version),
        noted as (
          insert into request_events(request_id, version, at, event, status, attempt) select id, version, now(), 'recovered', status, attempt from changed),
        commands as (
          select id, gen_random_uuid() as message_id, attempt, 'queue:riq.' || service || '.' || priority as destination from changed where status = 'queued' and ready),
        posted as (
          insert into outbox(id, message_id, destination, body, due_at, attempts)
          select id, message_id, destination, convert_to(json_build_object('messageId', message_id, 'messageType', json_build_array($5::text),
                   'message', json_build_object('requestId', id, 'attempt', attempt))::text, 'UTF8'), now(), 0 from commands
          on conflict (id) do update set message_id = excluded.message_id, destination = excluded.destination, body = excluded.body,
            due_at = excluded.due_at, attempts = 0, parked_reason = null)
        select id, status = 'queued', next_step = 'clear_up' from changed order by id
        """;

    // Kept answers are as old as the backup, and the transaction numbers that say what has changed may be another server's.
    const string ForgetSql = "with answers as (delete from read_cache) delete from cache_tags";

    const string LockSql = "select pg_try_advisory_lock($1)";

    const string OthersSql = """
        select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name = any($1)
        """;

    /// <summary>Null when RIQ still runs on this database: then nothing was changed.</summary>
    public async Task<Recovered?> Run(CancellationToken cancellation)
    {
        await using var connection = database.Unpooled();
        await connection.OpenAsync(cancellation);
        // The leader's lock keeps the sweepers of a worker that starts meanwhile away until the end.
        if (await Ask<bool>(new NpgsqlCommand(LockSql, connection).With(Leader.LockKey), cancellation) is false) return null;
        if (await Ask<long>(new NpgsqlCommand(OthersSql, connection).With(new[] { Database.Name, Database.LeaderName }), cancellation) > 0) return null;

        await new NpgsqlCommand(ForgetSql, connection).Run(cancellation);
        var total = new Recovered();
        for (var last = Guid.Empty; ;)
        {
            var rows = await Recover(connection, last, cancellation);
            total = new(total.LookedFor + rows.LongCount(r => r is { Unfinished: true, LooksFirst: true }), total.RunAgain + rows.LongCount(r => r is { Unfinished: true, LooksFirst: false }),
                total.LookedForOnRetry + rows.LongCount(r => r is { Unfinished: false, LooksFirst: true }));
            if (rows.Count < Batch) return total;
            last = rows[^1].Id;
        }
    }

    Task<List<(Guid Id, bool Unfinished, bool LooksFirst)>> Recover(NpgsqlConnection connection, Guid after, CancellationToken cancellation) =>
        new NpgsqlCommand(RecoverSql, connection)
            .With(after).With(Batch)
            .With(NamesOf(o => o.RepeatSafe)).With(NamesOf(o => !o.IsWrite)).With(ExecuteRequest.MessageUrn)
            .List(r => (r.GetGuid(0), r.GetBoolean(1), r.GetBoolean(2)), cancellation);

    string[] NamesOf(Func<OperationDeclaration, bool> which) => [.. catalog.Operations.Where(which).Select(o => o.Name)];

    static async Task<T> Ask<T>(NpgsqlCommand command, CancellationToken cancellation)
    {
        await using (command) return (T)(await command.ExecuteScalarAsync(cancellation))!;
    }
}
