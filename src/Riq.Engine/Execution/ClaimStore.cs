using Npgsql;
using Riq.Engine.Reads;
using Riq.Engine.Requests;
using Riq.Engine.Storage;
using Riq.Engine.Submission;

namespace Riq.Engine.Execution;

/// <summary>A delivery's wish to run one attempt. <paramref name="ClaimId"/> is made per delivery: repeating a claim whose commit was in doubt is harmless.</summary>
readonly record struct Claim(Guid RequestId, int Attempt, Guid ClaimId);

/// <summary>
/// Claims attempts for this worker. No instance back: somebody else has done it, or the request may not run yet. That is
/// the inbox; there is no other table.
/// </summary>
sealed class ClaimStore(Database database, OperationCatalog catalog, RiqOptions options)
{
    // Of equal reads one runs at a time, and none whose answer is there. That two workers claim equal ones at the same moment is
    // prevented by a unique index. Other requests pay nothing for it: the conditions on the right are not looked at. The key of those that
    // can go together is given only to those that are not alone, and others are asked for only when more wait than are claimed here.
    const string ClaimSql = $"""
        with first_of_equal as materialized (
          select distinct on (q.cache_key) q.id from unnest($1::uuid[], $2::int[]) as f(id, attempt) join queue_requests q on q.id = f.id and q.attempt = f.attempt
          where q.shares and q.status = 'queued' order by q.cache_key, q.id),
        claimed as (
          update queue_requests r set
            status = 'processing', started_at = now(), updated_at = now(), worker = $4, claim_id = t.claim_id, waiting_for = null, next_retry_at = null,
            lease_until = now() + coalesce((select l.lease from unnest($5::text[], $6::interval[]) as l(operation, lease) where l.operation = r.operation), $7),
            unclear_from = case when r.next_step = 'clear_up' then coalesce(r.unclear_from, r.created_at) else r.unclear_from end,
            unclear_since = case when r.next_step = 'clear_up' then coalesce(r.unclear_since, now()) else r.unclear_since end,
            version = r.version + 1
          from unnest($1::uuid[], $2::int[], $3::uuid[]) as t(id, attempt, claim_id)
          where r.id = t.id and r.attempt = t.attempt
            and (r.status = 'queued' and r.ready and coalesce(r.next_retry_at, now()) <= now() and (r.next_step = 'clear_up' or r.expires_at is null or r.expires_at > now())
                   and (not r.shares or r.id in (select id from first_of_equal)
                        and not exists (select from queue_requests o where o.cache_key = r.cache_key and o.status = 'processing' and o.shares)
                        and not exists (select from read_cache e where e.key = r.cache_key and {ReadCache.Valid}))
                 or r.status = 'processing' and r.claim_id = t.claim_id)
          returning {RequestRow.Columns}, r.batch_key as own_batch_key, r.cache_key, case when r.cache_key is not null then pg_current_snapshot()::text end as read_snapshot),
        noted as (
          insert into request_events(request_id, version, at, event, status, attempt, by)
          select id, version, now(), 'started', 'processing', attempt, worker from claimed),
        shared_keys as materialized (
          select k.key, k.claimed, exists (select from queue_requests o where o.batch_key = k.key and o.status = 'queued' and o.ready and o.next_step = 'execute' offset k.claimed) as more_wait
          from (select own_batch_key as key, count(*) as claimed from claimed where own_batch_key is not null group by own_batch_key) k)
        select c.*, case when s.claimed > 1 or s.more_wait then s.key end as batch_key, coalesce(s.more_wait, false) as more_wait from claimed c left join shared_keys s on s.key = c.own_batch_key
        """;

    static readonly TimeSpan OfUnknown = TimeSpan.FromMinutes(1);

    readonly string[] _operations = [.. catalog.Operations.Select(o => o.Name)];
    readonly TimeSpan[] _leases = [.. catalog.Operations.Select(o => LeaseOf(o.Timeout, options.Of(o.Service), options))];

    /// <summary>The lease that a claim of the operation gets: its timeout and the margin for storing the outcome.</summary>
    static TimeSpan LeaseOf(TimeSpan timeout, ServiceOptions service, RiqOptions options) => (service.Timeout ?? timeout) + options.LeaseMargin;

    public TimeSpan LeaseOf(string operation) => _leases[Array.IndexOf(_operations, operation)];

    /// <summary>No attempt that was claimed longer ago can still be running.</summary>
    public TimeSpan LongestLease => _leases.DefaultIfEmpty(options.LeaseMargin).Max();

    /// <summary>The claimed instances in the order of <paramref name="claims"/>, null where nothing was claimed.</summary>
    public async Task<QueueRequest?[]> Take(Claim[] claims)
    {
        // Several deliveries of one request in one batch (a recovery, a redelivery): the statement changes the row once, for
        // the claim that fits it. Choosing here could drop the one of the present attempt, or the one that holds it already.
        var sorted = claims.OrderBy(c => c.RequestId).ToArray();
        List<QueueRequest> rows;
        // Another worker claimed an equal read at this moment. In a batch, whoever runs it tries the others one by one.
        try { rows = await Run(sorted); }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation && claims.Length == 1) { return [null]; }
        foreach (var together in rows.Where(r => r.BatchKey is not null).GroupBy(r => r.BatchKey).Select(g => g.ToArray()))
            foreach (var request in together) request.ClaimedWith = together;
        var byClaim = rows.ToDictionary(r => r.ClaimId!.Value);
        return Array.ConvertAll(claims, c => byClaim.GetValueOrDefault(c.ClaimId));
    }

    Task<List<QueueRequest>> Run(Claim[] sorted) => database.Hot.CreateCommand(ClaimSql)
        .With(Array.ConvertAll(sorted, c => c.RequestId)).With(Array.ConvertAll(sorted, c => c.Attempt)).With(Array.ConvertAll(sorted, c => c.ClaimId))
        .With(options.Worker).With(_operations).With(_leases).With(OfUnknown)
        .List(ReadClaimed);

    /// <summary>The next three parameters: which operation's claim lives how long, and that of an unknown one.</summary>
    public NpgsqlBatchCommand WithLeases(NpgsqlBatchCommand command) => command.With(_operations).With(_leases).With(OfUnknown);

    public static QueueRequest ReadClaimed(NpgsqlDataReader row)
    {
        var request = RequestRow.Read(row);
        request.BatchKey = row.Text(row.GetOrdinal("batch_key"));
        request.MoreWait = row.GetBoolean(row.GetOrdinal("more_wait"));
        var key = row.GetOrdinal("cache_key");
        if (row.IsDBNull(key)) return request;
        request.CacheKey = row.GetFieldValue<byte[]>(key);
        request.ReadSnapshot = row.GetString(row.GetOrdinal("read_snapshot"));
        return request;
    }
}
