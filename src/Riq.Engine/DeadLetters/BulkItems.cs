using Riq.Engine.Requests;
using Riq.Engine.Storage;

namespace Riq.Engine.DeadLetters;

/// <summary>The list of a bulk operation, piece by piece. Each request is retried at most once, whatever dies when: it is, only while its version is that of the list.</summary>
sealed class BulkItems(Database database, RequestLife life, TransitionWriter writer)
{
    const string FirstSql = """
        select i.state, i.code, r.status, r.error->>'code' from bulk_items i left join queue_requests r on r.id = i.request_id where i.operation_id = $1 and i.ordinal <= $2
        """;

    // What was retried before a crash, and could not be marked any more, tells so by its timeline.
    const string NextSql = $"""
        select {RequestRow.Columns}, i.ordinal, i.version, exists (select 1 from request_events e where e.request_id = i.request_id and e.version = i.version + 1 and e.by = $2)
        from bulk_items i left join queue_requests r on r.id = i.request_id
        where i.operation_id = $1 and i.state = 'waiting' and i.ordinal <= $3 order by i.ordinal limit $4
        """;

    const string MarkSql = "update bulk_items i set state = t.state from unnest($2::int[], $3::text[]) as t(ordinal, state) where i.operation_id = $1 and i.ordinal = t.ordinal";

    const string PurgeSql = $"""
        with picked as (select ordinal, request_id, version from bulk_items where operation_id = $1 and state = 'waiting' order by ordinal limit $2),
        gone as (delete from queue_requests r using picked p where r.id = p.request_id and r.version = p.version and r.status = 'dead' returning r.id, r.client_id),
        {RequestRemoval.Followers},
        audited as (insert into audit_entries(by, action, target, client_id) select $3, 'dead_letter_deleted', 'req_' || replace(id::text, '-', ''), client_id from gone)
        update bulk_items i set state = case when exists (select 1 from gone g where g.id = p.request_id) then 'done' else 'skipped' end
        from picked p where i.operation_id = $1 and i.ordinal = p.ordinal
        """;

    public Task<List<FirstOne>> First(BulkOperation operation, CancellationToken cancellation) => database.Plain.CreateCommand(FirstSql).With(operation.Id).With(operation.First)
        .List(r => new FirstOne(r.GetString(0), r.Text(1), r.Text(2), r.Text(3)), cancellation);

    /// <summary>How many there were, up to <paramref name="limit"/>.</summary>
    public Task<int> Purge(BulkOperation operation, int limit, CancellationToken cancellation) => database.Plain.CreateCommand(PurgeSql).With(operation.Id).With(limit).With(operation.Actor).Run(cancellation);

    /// <summary>How many there were, up to <paramref name="limit"/> and to the place <paramref name="last"/> in the list.</summary>
    public async Task<int> Retry(BulkOperation operation, int last, int limit, CancellationToken cancellation)
    {
        const int c = RequestRow.ColumnCount;
        var items = await database.Plain.CreateCommand(NextSql).With(operation.Id).With(operation.Actor).With(last).With(limit)
            .List(r => (Ordinal: r.GetInt32(c), Version: r.GetInt64(c + 1), Ours: r.GetBoolean(c + 2), Request: r.IsDBNull(0) ? null : RequestRow.Read(r)), cancellation);
        var states = await Task.WhenAll(items.Select(async i => i.Ours || await Retry(i.Request, i.Version, operation.Actor) ? "done" : "skipped"));
        await database.Plain.CreateCommand(MarkSql).With(operation.Id).With(items.ConvertAll(i => i.Ordinal).ToArray()).With(states).Run(CancellationToken.None);
        return items.Count;
    }

    async Task<bool> Retry(QueueRequest? request, long version, string by) => request is { Status: RequestStatus.Dead } && request.Version == version && !RequestStateMachine.HasUnknownOutcome(request)
        && await life.Raise(request, life.Machine.RetryRequested, new RetryRequested(by)) && await writer.Write(request);
}
