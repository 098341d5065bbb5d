using Riq.Engine.Requests;
using Riq.Engine.Storage;

namespace Riq.Engine.Cleanup;

/// <summary>What a cleanup has done. <paramref name="Finished"/>: whether it came to the end of what is old.</summary>
sealed record CleanupResult(long Deleted, bool Finished);

/// <summary>
/// Deletes completed and failed requests that have not changed for long, page by page. It walks along the ids, which grow
/// with time, so it needs no index that every request would have to pay for; a page is one short statement that leaves out
/// whatever somebody else has locked, and between two pages others have nine times as long as it took.
/// </summary>
sealed class Cleaner(Database database, TimeProvider time)
{
    const int Page = 50;

    /// <summary>Times the duration of a page that belong to others. With three, and pages four times as long, 10,000 rows a second went and a waiting client's p99 was three times as long.</summary>
    const int Rest = 9;

    // Dead letters stay, whatever their age, and what an unfinished request depends on: its result may still be needed.
    const string PageSql = $"""
        with page as (select id from queue_requests where id > $1 and id < $2 order by id limit $3),
        old as (select r.id from page join queue_requests r using (id) where r.status in ('completed', 'failed') and r.updated_at < now() - $4
            and not exists (select from request_dependencies d join queue_requests w on w.id = d.request_id where d.depends_on = r.id and w.status in ('queued', 'processing')) for update of r skip locked),
        gone as (delete from queue_requests r using old where r.id = old.id returning r.id),
        {RequestRemoval.Followers}
        select (select id from page order by id desc limit 1), (select count(*) from gone)
        """;

    const string ItemsSql = "delete from bulk_items i using bulk_operations o where o.id = i.operation_id and o.ended_at < now() - $1";
    const string OperationsSql = "delete from bulk_operations o where o.ended_at < now() - $1 and not exists (select from bulk_items i where i.operation_id = o.id)";
    const string AuditSql = "select riq_forget_audit($1)";
    const string NotesSql = "delete from dead_letter_notes where at < now() - $1";
    const string QuotasSql = "delete from client_quotas where updated_at < now() - $1";

    /// <summary>Goes on until nothing old is left or <paramref name="limit"/> has passed.</summary>
    public async Task<CleanupResult> Run(CleanupOptions options, TimeSpan limit, CancellationToken cancellation)
    {
        var keepFor = options.KeepFor;
        var began = time.GetTimestamp();
        var last = await LastId(keepFor, cancellation);
        var deleted = 0L;
        for (Guid? at = Guid.Empty; at is { } from;)
        {
            if (time.GetElapsedTime(began) > limit) return new(deleted, Finished: false);
            var pageBegan = time.GetTimestamp();
            // Not flushed: what comes back after a crash is deleted the next time.
            var (to, gone) = (await database.HotUnflushed.CreateCommand(PageSql).With(from).With(last).With(Page).With(keepFor)
                .List(r => (r.IsDBNull(0) ? (Guid?)null : r.GetGuid(0), r.GetInt64(1)), cancellation)).Single();
            deleted += gone;
            at = to;
            // Also when nothing of it was old: to read what stays costs the others as much.
            if (at is not null) await Task.Delay(Rest * time.GetElapsedTime(pageBegan), time, cancellation);
        }
        await database.Plain.CreateCommand(ItemsSql).With(keepFor).Run(cancellation);
        await database.Plain.CreateCommand(QuotasSql).With(keepFor).Run(cancellation);
        await database.Plain.CreateCommand(OperationsSql).With(options.KeepAudit).Run(cancellation);
        await database.Plain.CreateCommand(NotesSql).With(options.KeepAudit).Run(cancellation);
        await database.Plain.CreateCommand(AuditSql).With(options.KeepAudit).Run(cancellation);
        return new(deleted, Finished: true);
    }

    // Nothing younger can be old enough; ids come from clocks that differ a little, which costs a day at most.
    async Task<Guid> LastId(TimeSpan keepFor, CancellationToken cancellation) =>
        RequestReader.FirstIdAt((await database.Plain.CreateCommand("select now() - $1").With(keepFor).List(r => r.GetDateTime(0), cancellation)).Single());
}
