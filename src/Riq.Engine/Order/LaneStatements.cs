using Npgsql;
using Riq.Engine.Execution;
using Riq.Engine.Requests;
using Riq.Engine.Storage;

namespace Riq.Engine.Order;

/// <summary>
/// The statements on lanes. Whoever gives a place or moves a lane on locks the lane's row first, in a statement of its own:
/// what comes after it sees every place that was given or left before.
/// </summary>
static class LaneStatements
{
    // An upsert and not a select: the row may be new, or be deleted by cleanup while it is waited for.
    const string LockSql = """
        insert into lanes as l (key, last_seq, used_at) select key, places, now() from unnest($1::text[], $2::bigint[]) as t(key, places) order by key
        on conflict (key) do update set last_seq = l.last_seq + excluded.last_seq, used_at = now()
        """;

    // The place is counted back from the last one that the lock has given to this transaction.
    const string PlaceSql = $"""
        update queue_requests r set lane_seq = l.last_seq - t.behind
        from unnest($1::uuid[], $2::bigint[]) as t(id, behind), lanes l
        where r.id = t.id and l.key = r.lane_key and r.lane_seq is null and r.status = 'queued' and {IStoredWithChange.StoredHere}
        """;

    const string AdvanceSql = $"""
        with heads as (
          select h.id from unnest($1::text[]) as k(key)
          cross join lateral (select q.id, q.status, q.waiting_for from queue_requests q where q.lane_key = k.key and q.lane_seq is not null order by q.lane_seq limit 1) h
          where h.status = 'queued' and h.waiting_for = 'lane'),
        released as (
          update queue_requests r set ready = true, waiting_for = case when r.next_step = 'clear_up' then 'outcome_check' end,
            sent_at = now(), updated_at = now(), version = r.version + 1
          from heads h where r.id = h.id and r.status = 'queued' and r.waiting_for = 'lane'
          returning r.id, r.version, r.attempt, r.service, r.priority, gen_random_uuid() as message_id),
        noted as (
          insert into request_events(request_id, version, at, event, status, attempt)
          select id, version, now(), 'released', 'queued', attempt from released),
        posted as (
          insert into outbox(id, message_id, destination, body, due_at, attempts)
          select id, message_id, 'queue:riq.' || service || '.' || priority,
            convert_to(json_build_object('messageId', message_id, 'messageType', json_build_array('{ExecuteRequest.MessageUrn}'),
              'message', json_build_object('requestId', id, 'attempt', attempt))::text, 'UTF8'), now() + $2, 0
          from released
          on conflict (id) do update set message_id = excluded.message_id, destination = excluded.destination, body = excluded.body,
            due_at = excluded.due_at, attempts = 0, parked_reason = null
          returning id, message_id, destination, body)
        select {IStoredWithChange.Posted} from posted
        """;

    /// <summary>Locks the lanes, and gives each as many places as it occurs in <paramref name="places"/>.</summary>
    public static NpgsqlBatchCommand Lock(IEnumerable<string> keys, IEnumerable<string> places)
    {
        var counts = keys.Concat(places).Distinct().ToDictionary(k => k, _ => 0L, StringComparer.Ordinal);
        foreach (var key in places) counts[key]++;
        // Sorted here, too: with the database's collation, which must be everybody's.
        var sorted = counts.OrderBy(c => c.Key, StringComparer.Ordinal).ToArray();
        return new NpgsqlBatchCommand(LockSql).With(Array.ConvertAll(sorted, c => c.Key)).With(Array.ConvertAll(sorted, c => c.Value));
    }

    /// <summary>Gives the requests, whose changes this transaction has stored, their places, in this order.</summary>
    public static NpgsqlBatchCommand Place(IReadOnlyList<(Guid Id, string Lane)> entering) =>
        new NpgsqlBatchCommand(PlaceSql).With(entering.Select(e => e.Id).ToArray()).With(Behind(entering.Select(e => e.Lane).ToArray()));

    /// <summary>Lets the head of each lane run if it waits for nothing but its turn.</summary>
    public static NpgsqlBatchCommand Advance(IEnumerable<string> keys, TimeSpan claim) =>
        new NpgsqlBatchCommand(AdvanceSql).With(keys.Distinct().Order(StringComparer.Ordinal).ToArray()).With(claim);

    /// <summary>For each of the places how many others of the same lane come after it.</summary>
    public static long[] Behind(string?[] lanes)
    {
        var seen = new Dictionary<string, long>(StringComparer.Ordinal);
        var behind = new long[lanes.Length];
        for (var i = lanes.Length - 1; i >= 0; i--)
            if (lanes[i] is { } lane) seen[lane] = (behind[i] = seen.GetValueOrDefault(lane)) + 1;
        return behind;
    }
}
