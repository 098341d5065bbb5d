using Npgsql;
using Riq.Engine.Execution;
using Riq.Engine.Outbox;
using Riq.Engine.Reads;
using Riq.Engine.Storage;

namespace Riq.Engine.Submission;

/// <summary>Stores submissions: request row, timeline row and outbox row of all of them in one statement and one commit.</summary>
sealed class SubmissionStore(Database database, ReadRules reads, BatchRules batches, RiqOptions options)
{
    const int MaxRounds = 3;

    // `on conflict do nothing` has no target: a repeated insert after a commit in doubt would otherwise raise on the primary key.
    const string InsertSql = """
        with input as (
          select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[], $9::text[],
                               $10::int[], $11::float8[], $12::bool[], $13::text[], $14::uuid[], $15::text[], $16::bytea[], $18::bytea[], $19::bool[], $20::text[], $21::int[], $22::text[])
            as t(id, client_id, operation, service, payload, priority, key, hash, consistency_token,
                 max_retries, expires_in, fire_and_forget, traceparent, message_id, destination, body, cache_key, shares, callback_url, stale_if_error, batch_key)),
        added as (
          insert into queue_requests(id, client_id, operation, service, payload, priority, status, idempotency_key, payload_hash, consistency_token,
            created_at, updated_at, sent_at, retry_count, max_retries, attempt, expires_at, fire_and_forget, traceparent, ready,
            pending_dependencies, deferrals, crashes, next_step, routing_path, cache_key, shares, callback_url, stale_if_error, batch_key, version)
          select id, client_id, operation, service, payload::jsonb, priority, 'queued', key, hash, consistency_token,
            now(), now(), now(), 0, max_retries, 1, now() + expires_in * interval '1 second', fire_and_forget, traceparent, true,
            0, 0, 0, 'execute', 'QUEUED', cache_key, shares, callback_url, stale_if_error, batch_key, 1
          from input
          on conflict do nothing
          returning id),
        noted as (
          insert into request_events(request_id, version, at, event, status, attempt)
          select id, 1, now(), 'accepted', 'queued', 1 from added),
        posted as (
          insert into outbox(id, message_id, destination, body, due_at, attempts)
          select id, message_id, destination, body, now() + $17, 0 from input join added using (id))
        select id from added
        """;

    const string ByIdSql = "select id, status, ready from queue_requests where id = any($1)";

    const string ByKeySql = """
        select r.client_id, r.idempotency_key, r.id, r.status, r.payload_hash
        from unnest($1::text[], $2::text[]) as t(client_id, key)
        join queue_requests r on r.client_id = t.client_id and r.idempotency_key = t.key
        """;

    /// <summary>Stores what is new and answers in the order of <paramref name="items"/>. <paramref name="claim"/>: how long the outbox rows belong to this process.</summary>
    public Task<Submitted[]> Submit(IReadOnlyList<NewRequest> items, TimeSpan claim) => Submit(items, open => Insert(open, claim));

    /// <summary>The same with another insert, which gives back what it has stored and whether that may run.</summary>
    public async Task<Submitted[]> Submit(IReadOnlyList<NewRequest> items, Func<NewRequest[], Task<List<(Guid Id, bool Ready)>>> insert)
    {
        var found = new Dictionary<Guid, Submitted>(items.Count);
        // One order of keys in all batches: two batches that share keys can't deadlock on the unique index.
        // Among equal keys the order stays: the first item of a batch is the one that the others are compared with.
        var open = items.OrderBy(i => i.IdempotencyKey, StringComparer.Ordinal).ToArray();
        for (var round = 0; open.Length > 0; round++)
        {
            // A row may be deleted between the insert that met it and the look-up; then the key is free again.
            if (round == MaxRounds) throw new InvalidOperationException("Idempotency keys kept appearing and vanishing.");
            foreach (var (id, ready) in await insert(open)) found[id] = new(id, Requests.RequestStatus.Queued, Replayed: false, SameContent: true) { Ready = ready };
            open = Missing(open, found);
            if (open.Length == 0) break;
            await FindById(open, found);
            open = Missing(open, found);
            await FindByKey(open, found);
            open = Missing(open, found);
        }
        return [.. items.Select(i => found[i.Id])];
    }

    static NewRequest[] Missing(NewRequest[] items, Dictionary<Guid, Submitted> found) => [.. items.Where(i => !found.ContainsKey(i.Id))];

    async Task<List<(Guid, bool)>> Insert(NewRequest[] s, TimeSpan claim)
    {
        await using var batch = database.Hot.CreateBatch();
        batch.BatchCommands.Add(WithRequests(new NpgsqlBatchCommand(InsertSql), s, claim));
        return await batch.List(r => (r.GetGuid(0), true));
    }

    /// <summary>The parameters 1 to 22 of an insert.</summary>
    public NpgsqlBatchCommand WithRequests(NpgsqlBatchCommand insert, NewRequest[] s, TimeSpan claim) => insert
        .With(Array.ConvertAll(s, i => i.Id))
        .With(Array.ConvertAll(s, i => i.ClientId))
        .With(Array.ConvertAll(s, i => i.Operation.Name))
        .With(Array.ConvertAll(s, i => i.Operation.Service))
        .With(Array.ConvertAll(s, i => i.Payload))
        .With(Array.ConvertAll(s, i => i.Priority))
        .With(Array.ConvertAll(s, i => i.IdempotencyKey))
        .With(Array.ConvertAll(s, i => i.PayloadHash))
        .With(Array.ConvertAll(s, i => i.ConsistencyToken))
        .With(Array.ConvertAll(s, i => i.MaxRetries))
        .With(Array.ConvertAll(s, i => i.ExpiresIn?.TotalSeconds))
        .With(Array.ConvertAll(s, i => i.FireAndForget))
        .With(Array.ConvertAll(s, i => i.Traceparent))
        .With(Array.ConvertAll(s, i => i.MessageId))
        .With(Array.ConvertAll(s, i => Destinations.Work(i.Operation.Service, i.Priority)))
        .With(Array.ConvertAll(s, i => CommandOf(i).Body))
        .With(claim)
        .With(Array.ConvertAll(s, reads.KeyOf))
        .With(Array.ConvertAll(s, reads.Shares))
        .With(Array.ConvertAll(s, i => i.CallbackUrl))
        .With(Array.ConvertAll(s, i => i.StaleIfError))

        .With(Array.ConvertAll(s, batches.KeyOf));

    public static OutboxMessage CommandOf(NewRequest i) =>
        new(i.Id, i.MessageId, Destinations.Work(i.Operation.Service, i.Priority), Envelope.Execute(i.MessageId, i.Id, attempt: 1, i.ClientId));

    // After a commit in doubt the first try's own rows are met here.
    public async Task FindById(NewRequest[] items, Dictionary<Guid, Submitted> found)
    {
        var rows = await database.Hot.CreateCommand(ByIdSql).With(Array.ConvertAll(items, i => i.Id)).List(r => (Id: r.GetGuid(0), Status: r.GetString(1), Ready: r.GetBoolean(2)));
        foreach (var (id, status, ready) in rows) found[id] = new(id, status, Replayed: false, SameContent: true) { Ready = ready };
    }

    public async Task FindByKey(NewRequest[] items, Dictionary<Guid, Submitted> found)
    {
        var keyed = items.Where(i => i.IdempotencyKey is not null).ToArray();
        if (keyed.Length == 0) return;
        var rows = await database.Hot.CreateCommand(ByKeySql)
            .With(Array.ConvertAll(keyed, i => i.ClientId)).With(Array.ConvertAll(keyed, i => i.IdempotencyKey!))
            .List(r => (Key: (r.GetString(0), r.GetString(1)), Id: r.GetGuid(2), Status: r.GetString(3), Hash: r.GetFieldValue<byte[]>(4)));
        var byKey = rows.DistinctBy(r => r.Key).ToDictionary(r => r.Key);
        foreach (var item in keyed)
            if (byKey.TryGetValue((item.ClientId, item.IdempotencyKey!), out var row))
                found[item.Id] = new(row.Id, row.Status, Replayed: true, SameContent: row.Hash.AsSpan().SequenceEqual(item.PayloadHash));
    }

    public TimeSpan Claim(bool reserved) => reserved ? options.OutboxClaim : TimeSpan.Zero;
}
