using Npgsql;
using Riq.Engine.Execution;
using Riq.Engine.Order;
using Riq.Engine.Outbox;
using Riq.Engine.Storage;

namespace Riq.Engine.Requests;

/// <summary>What became of one change that was to be stored.</summary>
/// <param name="Stored">False: the row has moved on since the instance was read; nothing was written.</param>
/// <param name="AttemptTook">From claim to now, by the database's clock.</param>
readonly record struct StoredChange(bool Stored, TimeSpan? AttemptTook);

/// <summary>
/// Writes what the state machine decided: request, attempt or timeline row, the next command, and one event for all that
/// ended, in one statement, and around it what else is stored with them. Each row is compared with the version that the
/// machine saw, so a late outcome changes nothing and is not announced.
/// </summary>
sealed class TransitionStore(Database database, IEnumerable<IStoredWithChange> others, LaneChanges lanes, RiqOptions options)
{
    const string SaveSql = """
        with input as (
          select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::int[], $7::int[], $8::int[], $9::int[], $10::float8[],
                               $11::text[], $12::text[], $13::bool[], $14::int[], $15::int[], $16::text[], $17::text[], $18::uuid[], $19::text[], $20::bytea[],
                               $25::text[], $26::bool[], $27::text[], $28::bool[], $29::int[], $30::text[], $31::bool[], $32::text[], $34::timestamptz[])
            as t(id, version, status, result, error, attempt, retry_count, deferrals, crashes, next_in,
                 waiting_for, event, ends_attempt, ended_attempt, http_status, attempt_error, by, message_id, destination, body,
                 next_step, becomes_unclear, payload, ready, pending_dependencies, lane_key, leaves_lane, external_id, stale_from)),
        changed as (
          update queue_requests r set
            status = t.status, result = t.result::jsonb, error = t.error::jsonb, attempt = t.attempt, retry_count = t.retry_count,
            deferrals = t.deferrals, crashes = t.crashes, waiting_for = t.waiting_for, next_step = t.next_step, payload = coalesce(t.payload::jsonb, r.payload), batch_key = case when t.payload is null then r.batch_key end,
            unclear_from = case when t.becomes_unclear then least(r.unclear_from, r.started_at) else r.unclear_from end,
            unclear_since = case when t.becomes_unclear then now() else r.unclear_since end,
            next_retry_at = case when t.next_in > 0 then now() + t.next_in * interval '1 second' end,
            sent_at = case when t.next_in is not null then now() + t.next_in * interval '1 second' else r.sent_at end,
            completed_at = case when t.status in ('completed', 'failed', 'dead') then now() end,
            expires_at = case when t.event in ('retry_requested', 'sent_again') then null else r.expires_at end,
            ready = t.ready, pending_dependencies = t.pending_dependencies, external_id = coalesce(t.external_id, r.external_id),
            lane_key = t.lane_key, lane_seq = case when t.leaves_lane then null else r.lane_seq end,
            cached_at = coalesce(t.stale_from, r.cached_at), stale = r.stale or t.stale_from is not null,
            lease_until = null, claim_id = null, updated_at = now(), version = r.version + 1
          from input t
          where r.id = t.id and r.version = t.version and ($33 or not r.has_dependents or t.status not in ('completed', 'failed', 'dead'))
          returning r.id, r.version, r.status, r.started_at, r.worker),
        attempts as (
          insert into request_attempts(request_id, attempt, version, started_at, ended_at, worker, status, event, http_status, error)
          select t.id, t.ended_attempt, c.version, c.started_at, now(), c.worker, c.status, t.event, t.http_status, t.attempt_error::jsonb
          from input t join changed c using (id) where t.ends_attempt),
        noted as (
          insert into request_events(request_id, version, at, event, status, attempt, by)
          select t.id, c.version, now(), t.event, c.status, t.ended_attempt, t.by
          from input t join changed c using (id) where not t.ends_attempt),
        posted as (
          insert into outbox(id, message_id, destination, body, due_at, attempts)
          select t.id, t.message_id, t.destination, t.body, now() + case when t.next_in > 0 then t.next_in * interval '1 second' else $21 end, 0
          from input t join changed c using (id) where t.next_in is not null
          on conflict (id) do update set message_id = excluded.message_id, destination = excluded.destination, body = excluded.body,
            due_at = excluded.due_at, attempts = 0, parked_reason = null),
        ended as (
          select convert_to(json_build_object('messageId', $22::uuid, 'messageType', json_build_array($23::text),
                   'message', json_build_object('ids', json_agg(c.id)))::text, 'UTF8') as body
          from changed c where c.status in ('completed', 'failed', 'dead') having count(*) > 0),
        announced as (
          insert into outbox(id, message_id, destination, body, due_at, attempts)
          select $22, $22, $24, body, now() + $21, 0 from ended)
        select id as changed, extract(epoch from now() - started_at)::float8, null::bytea from changed
        union all
        select null, null, body from ended
        """;

    readonly IStoredWithChange[] _others = [lanes, .. others];

    /// <summary>What one call stored, the event to send for it, and the messages of what was stored with it.</summary>
    public sealed record Saved(StoredChange[] Changes, OutboxMessage? Announcement, IReadOnlyList<OutboxMessage> Posted)
    {
        /// <summary>Adds everything that is due at once to what is handed over after the commit.</summary>
        public void AddTo(HandOvers messages, QueueRequest[] requests, OutboxMessage?[] commands)
        {
            for (var i = 0; i < requests.Length; i++)
                if (Changes[i].Stored && requests[i].Pending!.NextAttemptIn == TimeSpan.Zero) messages.Add(commands[i]!);
            if (Announcement is { } announcement) messages.Add(announcement);
            foreach (var posted in Posted) messages.Add(posted);
        }
    }

    /// <summary>The command that follows from a change; null when none is due at once or later.</summary>
    public static OutboxMessage? CommandOf(QueueRequest r, Guid messageId) => r.Pending!.NextAttemptIn is null ? null
        : new(r.CorrelationId, messageId, Destinations.Work(r.Service, r.Priority), Envelope.Execute(messageId, r.CorrelationId, r.Attempt, r.ClientId));

    /// <summary>The most messages, due at once, of what is stored with these changes.</summary>
    public int MessagesWith(QueueRequest[] requests) => _others.Sum(o => requests.Sum(r => o.Concerns(r) ? o.MessagesOf(r) : 0));

    /// <summary>
    /// Stores all changes that still apply. <paramref name="reserved"/>: whether the messages due at once belong to this process for
    /// the time of its claim. <paramref name="within"/>: the transaction in which the caller also sees to the requests that wait for
    /// these; without one, ends of requests that others wait for are refused.
    /// </summary>
    public async Task<Saved> Save(QueueRequest[] requests, OutboxMessage?[] commands, bool reserved, NpgsqlConnection? within = null)
    {
        var claim = reserved ? options.OutboxClaim : TimeSpan.Zero;
        var announcement = Guid.CreateVersion7();
        await using var batch = within is null ? database.Hot.CreateBatch() : new NpgsqlBatch(within);
        var concerned = Array.ConvertAll(_others, o => (Other: o, Requests: Array.FindAll(requests, o.Concerns)));
        foreach (var (other, its) in concerned)
            if (its.Length > 0) batch.Add(other.Before(its));
        batch.BatchCommands.Add(SaveCommand(requests, commands, claim, announcement, followed: within is not null));
        foreach (var (other, its) in concerned)
            if (its.Length > 0) batch.Add(other.After(its, claim));
        return await Run(batch, requests, announcement);
    }

    static async Task<Saved> Run(NpgsqlBatch batch, QueueRequest[] requests, Guid announcement)
    {
        var took = new Dictionary<Guid, double?>(requests.Length);
        byte[]? announced = null;
        List<OutboxMessage> posted = [];
        await using (var row = await batch.ExecuteReaderAsync())
        {
            do
            {
                var kind = row.FieldCount == 0 ? "" : row.GetName(0);
                while (await row.ReadAsync())
                {
                    if (kind == "posted") posted.Add(new(row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetFieldValue<byte[]>(3)));
                    else if (kind == "changed" && row.IsDBNull(0)) announced = row.GetFieldValue<byte[]>(2);
                    else if (kind == "changed") took[row.GetGuid(0)] = row.IsDBNull(1) ? null : row.GetDouble(1);
                }
            }
            while (await row.NextResultAsync());
        }
        return new(
            Array.ConvertAll(requests, x => took.TryGetValue(x.CorrelationId, out var seconds) ? new StoredChange(true, seconds is { } s ? TimeSpan.FromSeconds(s) : null) : new(false, null)),
            announced is null ? null : new(announcement, announcement, Destinations.Ended, announced), posted);
    }

    NpgsqlBatchCommand SaveCommand(QueueRequest[] requests, OutboxMessage?[] commands, TimeSpan claim, Guid announcement, bool followed)
    {
        var order = Enumerable.Range(0, requests.Length).OrderBy(i => requests[i].CorrelationId).ToArray();
        var r = Array.ConvertAll(order, i => requests[i]);
        var m = Array.ConvertAll(order, i => commands[i]);
        return new NpgsqlBatchCommand(SaveSql)
            .With(Array.ConvertAll(r, x => x.CorrelationId)).With(Array.ConvertAll(r, x => x.Version)).With(Array.ConvertAll(r, x => x.Status))
            .With(Array.ConvertAll(r, x => x.Result)).With(Array.ConvertAll(r, x => x.Error)).With(Array.ConvertAll(r, x => x.Attempt))
            .With(Array.ConvertAll(r, x => x.RetryCount)).With(Array.ConvertAll(r, x => x.Deferrals)).With(Array.ConvertAll(r, x => x.Crashes))
            .With(Array.ConvertAll(r, x => x.Pending!.NextAttemptIn?.TotalSeconds)).With(Array.ConvertAll(r, x => x.WaitingFor))
            .With(Array.ConvertAll(r, x => x.Pending!.Event)).With(Array.ConvertAll(r, x => x.Pending!.EndsAttempt)).With(Array.ConvertAll(r, x => x.Pending!.Attempt))
            .With(Array.ConvertAll(r, x => x.Pending!.HttpStatus)).With(Array.ConvertAll(r, x => x.Pending!.AttemptError)).With(Array.ConvertAll(r, x => x.Pending!.By))
            .With(Array.ConvertAll(m, x => x?.MessageId)).With(Array.ConvertAll(m, x => x?.Destination)).With(Array.ConvertAll(m, x => x?.Body))
            .With(claim).With(announcement).With(RequestsEnded.MessageUrn).With(Destinations.Ended)
            .With(Array.ConvertAll(r, x => x.NextStep)).With(Array.ConvertAll(r, x => x.Pending!.BecomesUnclear)).With(Array.ConvertAll(r, x => x.Pending!.MendedPayload))
            .With(Array.ConvertAll(r, x => x.Ready)).With(Array.ConvertAll(r, x => x.PendingDependencies)).With(Array.ConvertAll(r, x => x.LaneKey))
            .With(Array.ConvertAll(r, lanes.Leaves)).With(Array.ConvertAll(r, x => x.ExternalId)).With(followed).With(Array.ConvertAll(r, x => x.Stale ? x.CachedAt : null));
    }
}
