using Npgsql;
using Riq.Engine.Reads;
using Riq.Engine.Requests;
using Riq.Engine.Storage;

namespace Riq.Engine.Execution;

/// <summary>How many more requests with this key fit into a call.</summary>
readonly record struct Room(string Key, int Left);

/// <summary>Claims requests that wait and can go along with claimed ones.</summary>
sealed class FillStore(Database database, ClaimStore claims, BatchRules rules, RiqOptions options)
{
    // Not more are looked at of one client, when most of them wait for their next try.
    const int MostLookedAt = 1_000;

    const string Waits = "q.status = 'queued' and q.ready and q.next_step = 'execute'";

    const string IsDue = $"""
        coalesce(q.next_retry_at, now()) <= now() and (q.expires_at is null or q.expires_at > now())
          and (not q.shares or not exists (select from queue_requests o where o.cache_key = q.cache_key and o.status = 'processing' and o.shares)
               and not exists (select from read_cache e where e.key = q.cache_key and {ReadCache.Valid}))
        """;

    // One fill at a time for each key, whichever worker's: two would each get half, and the service twice the calls. Held for this batch only.
    const string LockSql = "select pg_advisory_xact_lock(2110260044, hashtext($1))";

    // The clients that wait are found by jumps along the index, at most as many as there is room for. Of equal reads one is enough,
    // as in a claim. The rows' locks keep a fill and a claim from taking the same one; who is locked is left to whoever has locked it, and
    // the next takes the place: else calls would be short, and more, whenever claims run beside the fill. Hence twice as many are looked at.
    const string FillSql = $"""
        with recursive clients(rank, priority, client, nth) as (
          select p.rank, p.name, (select min(q.client_id) from queue_requests q where q.batch_key = $1 and q.priority = p.name and {Waits}), 1
          from (values (0, 'high'), (1, 'normal'), (2, 'low')) as p(rank, name)
          union all
          select c.rank, c.priority, (select min(q.client_id) from queue_requests q where q.batch_key = $1 and q.priority = c.priority and q.client_id > c.client and {Waits}), c.nth + 1
          from clients c where c.client is not null and c.nth < $2),
        waiting as (
          select x.id, c.rank, row_number() over (partition by c.rank, c.client order by x.id) as turn, case when x.shares then x.cache_key else uuid_send(x.id) end as same
          from clients c cross join lateral (
            select q.id, q.cache_key, q.shares from (
              select * from queue_requests q where q.batch_key = $1 and q.priority = c.priority and q.client_id = c.client and {Waits} order by q.id limit $8) q
            where q.operation = any($7) and {IsDue} order by q.id limit 2 * $2) x
          where c.client is not null),
        chosen as (
          select id, rank, turn from (select id, rank, turn, row_number() over (partition by same order by rank, turn, id) as nth from waiting) w
          where nth = 1 order by rank, turn, id limit 2 * $2),
        locked as (
          select q.id from chosen c join queue_requests q on q.id = c.id where {Waits} and {IsDue} order by c.rank, c.turn, c.id limit $2 for update of q skip locked),
        claimed as (
          update queue_requests r set
            status = 'processing', started_at = now(), updated_at = now(), worker = $3, claim_id = gen_random_uuid(), waiting_for = null, next_retry_at = null,
            lease_until = now() + coalesce((select l.lease from unnest($4::text[], $5::interval[]) as l(operation, lease) where l.operation = r.operation), $6),
            version = r.version + 1
          from locked t where r.id = t.id
          returning {RequestRow.Columns}, r.batch_key, false as more_wait, r.cache_key, case when r.cache_key is not null then pg_current_snapshot()::text end as read_snapshot),
        noted as (
          insert into request_events(request_id, version, at, event, status, attempt, by)
          select id, version, now(), 'started', 'processing', attempt, worker from claimed)
        select * from claimed
        """;

    /// <summary>For each room those that were claimed for it, urgent ones first, clients in turns.</summary>
    public async Task<List<QueueRequest>[]> Take(Room[] rooms)
    {
        var taken = Array.ConvertAll(rooms, _ => new List<QueueRequest>());
        await using var batch = database.Hot.CreateBatch();
        var asked = new List<List<QueueRequest>>();
        foreach (var (room, its) in rooms.Zip(taken).OrderBy(r => r.First.Key, StringComparer.Ordinal))
        {
            if (room.Left < 1) continue;
            batch.BatchCommands.Add(new NpgsqlBatchCommand(LockSql).With(room.Key));
            batch.BatchCommands.Add(claims.WithLeases(new NpgsqlBatchCommand(FillSql).With(room.Key).With(room.Left).With(options.Worker)).With(rules.Operations).With(MostLookedAt));
            asked.Add(its);
        }
        if (asked.Count > 0) await Read(batch, asked);
        return taken;
    }

    static async Task Read(NpgsqlBatch batch, List<List<QueueRequest>> asked)
    {
        await using var row = await batch.ExecuteReaderAsync();
        foreach (var its in asked)
        {
            await row.NextResultAsync();   // behind that of the lock
            while (await row.ReadAsync()) its.Add(ClaimStore.ReadClaimed(row));
            await row.NextResultAsync();
        }
    }
}
