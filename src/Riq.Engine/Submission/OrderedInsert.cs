using Npgsql;
using Riq.Engine.Order;
using Riq.Engine.Outbox;
using Riq.Engine.Storage;

namespace Riq.Engine.Submission;

/// <summary>A submission with its place in the order of things.</summary>
/// <param name="Lane">The lane of the entity that it writes.</param>
/// <param name="Depth">The longest chain of requests that it depends on.</param>
/// <param name="IsAwaited">Whether others of the same transaction depend on it.</param>
readonly record struct OrderedRequest(NewRequest Request, string? Lane, int Depth = 0, bool IsAwaited = false)
{
    public bool TakesPlace => Lane is not null && Request.Dependencies.Count == 0;
}

/// <summary>
/// The insert of submissions that wait for others or write an entity: the same rows as <see cref="SubmissionStore"/>'s, and their
/// places. The lanes must be locked before, in a statement of its own, with a place for each that takes one.
/// </summary>
static class OrderedInsert
{
    const string InsertSql = """
        with input as (
          select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[], $9::text[],
                               $10::int[], $11::float8[], $12::bool[], $13::text[], $14::uuid[], $15::text[], $16::bytea[], $18::bytea[], $19::bool[], $20::text[], $21::int[],
                               $22::text[], $23::text[], $24::bigint[], $25::bool[], $26::int[], $27::int[], $28::text[], $29::bool[])
            as t(id, client_id, operation, service, payload, priority, key, hash, consistency_token,
                 max_retries, expires_in, fire_and_forget, traceparent, message_id, destination, body, cache_key, shares, callback_url, stale_if_error, batch_key,
                 lane_key, behind, first, depth, pending, waiting_for, is_awaited)),
        placed as (
          select i.*, l.last_seq,
            i.pending = 0 and (i.lane_key is null or i.first and not exists (select from queue_requests q where q.lane_key = i.lane_key and q.lane_seq is not null)) as ready
          from input i left join lanes l on l.key = i.lane_key),
        added as (
          insert into queue_requests(id, client_id, operation, service, payload, priority, status, idempotency_key, payload_hash, consistency_token,
            created_at, updated_at, sent_at, retry_count, max_retries, attempt, expires_at, fire_and_forget, traceparent, ready,
            pending_dependencies, waiting_for, depth, has_dependents, lane_key, lane_seq, deferrals, crashes, next_step, routing_path, cache_key, shares, callback_url, stale_if_error, batch_key, version)
          select id, client_id, operation, service, payload::jsonb, priority, 'queued', key, hash, consistency_token,
            now(), now(), now(), 0, max_retries, 1, now() + expires_in * interval '1 second', fire_and_forget, traceparent, ready,
            pending, case when not ready then coalesce(waiting_for, 'lane') end, depth, is_awaited, lane_key, case when pending = 0 then last_seq - behind end,
            0, 0, 'execute', 'QUEUED', cache_key, shares, callback_url, stale_if_error, batch_key, 1
          from placed
          on conflict do nothing
          returning id, ready),
        noted as (
          insert into request_events(request_id, version, at, event, status, attempt)
          select id, 1, now(), 'accepted', 'queued', 1 from added),
        posted as (
          insert into outbox(id, message_id, destination, body, due_at, attempts)
          select id, message_id, destination, body, now() + $17, 0 from input join added using (id) where added.ready)
        select id, ready from added
        """;

    const string DependSql = """
        insert into request_dependencies(request_id, depends_on, kind, done) select request_id, depends_on, kind, false
        from unnest($1::uuid[], $2::uuid[], $3::text[]) as t(request_id, depends_on, kind) join queue_requests r on r.id = t.request_id on conflict do nothing
        """;

    public static NpgsqlBatchCommand Lock(IReadOnlyList<OrderedRequest> s) =>
        LaneStatements.Lock(s.Where(i => i.Lane is not null).Select(i => i.Lane!), s.Where(i => i.TakesPlace).Select(i => i.Lane!));

    public static NpgsqlBatchCommand Insert(OrderedRequest[] s, TimeSpan claim, SubmissionStore store)
    {
        var behind = LaneStatements.Behind(Array.ConvertAll(s, i => i.TakesPlace ? i.Lane : null));
        var firsts = s.Where(i => i.TakesPlace).DistinctBy(i => i.Lane).Select(i => i.Request.Id).ToHashSet();
        return store.WithRequests(new NpgsqlBatchCommand(InsertSql), Array.ConvertAll(s, i => i.Request), claim)
            .With(Array.ConvertAll(s, i => i.Lane)).With(behind).With(Array.ConvertAll(s, i => firsts.Contains(i.Request.Id)))
            .With(Array.ConvertAll(s, i => i.Depth)).With(Array.ConvertAll(s, i => i.Request.Dependencies.Count))
            .With(Array.ConvertAll(s, i => WaitingForOf(i.Request))).With(Array.ConvertAll(s, i => i.IsAwaited));
    }

    /// <summary>What each of the inserted requests waits for.</summary>
    public static NpgsqlBatchCommand Depend(IEnumerable<NewRequest> requests)
    {
        var edges = requests.SelectMany(r => r.Dependencies.Select(d => (Request: r.Id, On: d))).ToArray();
        return new NpgsqlBatchCommand(DependSql).With(Array.ConvertAll(edges, e => e.Request)).With(Array.ConvertAll(edges, e => e.On.Id)).With(Array.ConvertAll(edges, e => e.On.Kind));
    }

    static string? WaitingForOf(NewRequest r) => r.Dependencies.Count == 0 ? null
        : r.Dependencies.All(d => d.Kind == DependencyKind.Consistency) ? Requests.WaitingFor.ConsistencyToken : Requests.WaitingFor.Dependencies;
}
