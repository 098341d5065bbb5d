using System.Text.Json;
using Npgsql;
using Riq.Engine.Audit;
using Riq.Engine.Requests;
using Riq.Engine.Storage;

namespace Riq.Engine.DeadLetters;

/// <summary>What operators ask of many dead letters at once. The list is frozen when it is asked for; a worker goes through it (<see cref="BulkSweeper"/>).</summary>
sealed class BulkStore(Database database, RiqOptions options)
{
    /// <summary>More are not taken into one list.</summary>
    public const int LargestList = 100_000;

    // An unknown outcome is never retried without a look.
    const string Retryable = "(not $11 or coalesce(r.error->'details'->>'outcome', '') <> 'unknown')";

    const string CountSql = $"select count(*), count(*) filter (where {Retryable}) from queue_requests r where {DeadLetterFilter.Sql}";

    const string FreezeSql = $"""
        insert into bulk_items(operation_id, ordinal, request_id, version, code, state)
        select $12, row_number() over (order by r.id), r.id, r.version, r.error->>'code', 'waiting'
        from queue_requests r where {DeadLetterFilter.Sql} and {Retryable} order by r.id limit $13
        """;

    const string AddSql = """
        insert into bulk_operations(id, kind, state, filter, by, total, first, per_second, proven, created_at) values ($1, $2, 'running', $3, $4, 0, $5, $6, $7, now())
        """;

    const string TotalSql = "update bulk_operations set total = $2 where id = $1";

    const string Columns = "o.id, o.kind, o.state, o.filter, o.by, o.total, o.first, o.per_second, o.proven, o.reason, o.created_at, o.ended_at";

    const string Counts = "(select count(*) from bulk_items i where i.operation_id = o.id and i.state = 'done'), (select count(*) from bulk_items i where i.operation_id = o.id and i.state = 'skipped')";

    const string FindSql = $"select {Columns}, {Counts} from bulk_operations o where o.id = $1";
    const string NewestSql = $"select {Columns}, {Counts} from bulk_operations o order by o.id desc limit $1";

    const string RunningSql = $"select {Columns}, 0::bigint, 0::bigint from bulk_operations o where o.state = 'running' order by o.created_at limit 10";
    const string EndSql = "update bulk_operations set state = $2, reason = $3, ended_at = now() where id = $1 and state = 'running'";
    const string ProveSql = "update bulk_operations set proven = true where id = $1";
    const string AuditedEndSql = $"with ended as ({EndSql} returning id) insert into audit_entries(by, action, target) select $4, 'bulk_aborted', id::text from ended";

    /// <summary>How many it would be, and how many of them would be left out because their outcome is unknown.</summary>
    public async Task<(long Total, long Unknown)> Count(DeadLetterFilter filter, string kind, CancellationToken cancellation)
    {
        var (all, taken) = (await filter.AddTo(database.Plain.CreateCommand(CountSql), options.DeadLetters).With(kind == BulkKind.Retry).List(r => (r.GetInt64(0), r.GetInt64(1)), cancellation)).Single();
        return (taken, all - taken);
    }

    /// <summary>Freezes the list; from the commit on a worker goes through it.</summary>
    public async Task<BulkOperation> Begin(DeadLetterFilter filter, string kind, string query, string by, int first, int perSecond, CancellationToken cancellation)
    {
        var id = Guid.CreateVersion7();
        await using var connection = await database.Plain.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await new NpgsqlCommand(AddSql, connection).With(id).With(kind).With(query).With(by).With(first).With(perSecond).With(first == 0 || kind == BulkKind.Purge).Run(cancellation);
        var total = await filter.AddTo(new NpgsqlCommand(FreezeSql, connection), options.DeadLetters).With(kind == BulkKind.Retry).With(id).With(LargestList).Run(cancellation);
        await new NpgsqlCommand(TotalSql, connection).With(id).With(total).Run(cancellation);
        await AuditStore.Write(connection, new(by, $"bulk_{kind}", id.ToString(), null) { Details = JsonSerializer.Serialize(new { query, total }) }, cancellation);
        await transaction.CommitAsync(cancellation);
        return (await Find(id, cancellation))!;
    }

    public async Task<BulkOperation?> Find(Guid id, CancellationToken cancellation) => (await database.Plain.CreateCommand(FindSql).With(id).List(Read, cancellation)).SingleOrDefault();

    /// <summary>The youngest first.</summary>
    public Task<List<BulkOperation>> Newest(int limit, CancellationToken cancellation) => database.Plain.CreateCommand(NewestSql).With(limit).List(Read, cancellation);

    public Task<List<BulkOperation>> Running(CancellationToken cancellation) => database.Plain.CreateCommand(RunningSql).List(Read, cancellation);

    /// <summary>What has begun ends; nothing else is begun.</summary>
    public Task<int> Abort(Guid id, string by) => database.Plain.CreateCommand(AuditedEndSql).With(id).With("aborted").With((string?)null).With(by).Run();

    public Task End(BulkOperation operation, string state, string? reason) => database.Plain.CreateCommand(EndSql).With(operation.Id).With(state).With(reason).Run();

    public Task Prove(BulkOperation operation) => database.Plain.CreateCommand(ProveSql).With(operation.Id).Run();

    static BulkOperation Read(NpgsqlDataReader r) => new(r.GetGuid(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetInt32(5), r.GetInt32(6), r.GetInt32(7), r.GetBoolean(8),
        r.Text(9), r.GetDateTime(10), r.Time(11)) { Done = r.GetInt64(12), Skipped = r.GetInt64(13) };
}
