using Microsoft.Extensions.Logging;
using Npgsql;
using Riq.Engine.Batching;
using Riq.Engine.Observability;
using Riq.Engine.Requests;
using Riq.Engine.Storage;
using Riq.Engine.Submission;

namespace Riq.Engine.Reads;

/// <summary>Answers reads from the cache at submission. The answered request is stored as a completed one, so its token resolves like any other.</summary>
sealed class ReadCache
{
    /// <summary>
    /// Condition on <c>read_cache e</c>. Entry and tags are looked at in one snapshot, which is newer than the submission: a
    /// write that somebody has seen completed has changed its tags in that snapshot.
    /// </summary>
    public const string Valid = $"e.expires_at > now() and {Unchanged}";

    /// <summary>The same, however old the entry: what a write has changed is never an answer again.</summary>
    public const string Unchanged = "not exists (select from cache_tags c where c.tag = any(e.tags) and not pg_visible_in_snapshot(c.changed_by, e.snapshot))";

    // Rows of keys that are known already are left to the ordinary way, which answers with the first request.
    const string AnswerSql = $"""
        with input as (
          select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[], $9::int[], $10::bool[], $11::text[], $12::bytea[], $13::int[])
            as t(id, client_id, operation, service, payload, priority, key, hash, max_retries, fire_and_forget, traceparent, cache_key, stale_if_error)),
        hit as (
          select t.*, e.result, e.read_at, e.expires_at, e.expires_at <= now() as stale from input t join read_cache e on e.key = t.cache_key
          where {Unchanged} and (e.expires_at > now() or e.read_at > now() - t.stale_if_error * interval '1 second' and {StaleAnswers.ServiceIsAway})),
        added as (
          insert into queue_requests(id, client_id, operation, service, payload, priority, status, idempotency_key, payload_hash, created_at, updated_at, completed_at,
            retry_count, max_retries, attempt, result, fire_and_forget, traceparent, ready, pending_dependencies, deferrals, crashes, next_step, routing_path, cached_at, stale_if_error, stale, version)
          select id, client_id, operation, service, payload::jsonb, priority, 'completed', key, hash, now(), now(), now(),
            0, max_retries, 1, result, fire_and_forget, traceparent, true, 0, 0, 0, 'execute', 'CACHED', read_at, stale_if_error, stale, 1
          from hit
          on conflict do nothing
          returning id),
        noted as (
          insert into request_events(request_id, version, at, event, status, attempt)
          select id, 1, now(), 'answered_from_cache', 'completed', 1 from added)
        select id, result::text, read_at, expires_at - read_at, stale from hit join added using (id)
        """;

    readonly Database _database;
    readonly ReadRules _rules;
    readonly RequestLog _requestLog;
    readonly ILogger<ReadCache> _log;
    readonly GroupCommit<NewRequest, CachedAnswer?> _lookups;

    public ReadCache(Database database, ReadRules rules, RequestLog requestLog, ILogger<ReadCache> log)
    {
        (_database, _rules, _requestLog, _log) = (database, rules, requestLog, log);
        _lookups = new(Answer);
    }

    /// <summary>The stored answer; null when there is none that may be used: then nothing was stored.</summary>
    public async Task<CachedAnswer?> Find(NewRequest request)
    {
        if (!MayAnswer(request)) return null;
        try { return Counted(request, await _lookups.Add(request)); }
        catch (NpgsqlException e) when (e.IsTransient) { return Missed(e); }
    }

    /// <summary>The answers in the order of the requests, null where there is none.</summary>
    public async Task<CachedAnswer?[]> FindAll(IReadOnlyList<NewRequest> requests)
    {
        var asked = requests.Where(MayAnswer).ToArray();
        if (asked.Length == 0) return new CachedAnswer?[requests.Count];
        try
        {
            var answers = (await Answer(asked)).Select((a, i) => Counted(asked[i], a)).ToArray();
            var next = 0;
            return [.. requests.Select(r => next < asked.Length && ReferenceEquals(r, asked[next]) ? answers[next++] : null)];
        }
        catch (NpgsqlException e) when (e.IsTransient) { Missed(e); return new CachedAnswer?[requests.Count]; }
    }

    bool MayAnswer(NewRequest request)
    {
        // A callback follows from an outcome: whoever wants one gets the answer that way, from the cache or not.
        if (request.Operation.Cached is null || request.CallbackUrl is not null) return false;
        if (_rules.Shares(request)) return true;
        RiqMetrics.CacheRequests.WithLabels("bypass").Inc();
        return false;
    }

    CachedAnswer? Counted(NewRequest request, CachedAnswer? answer)
    {
        RiqMetrics.CacheRequests.WithLabels(answer is null ? "miss" : answer.Stale ? "stale" : "hit").Inc();
        if (answer is not null) _requestLog.Answered(request);
        return answer;
    }

    // Whether the answer was stored is in doubt; the ordinary way finds the row by its id, if there is one.
    CachedAnswer? Missed(NpgsqlException e)
    {
        _log.CacheAway(e.Message);
        return null;
    }

    async Task<CachedAnswer?[]> Answer(NewRequest[] s)
    {
        // One order of keys in all batches, as for other submissions.
        var sorted = s.OrderBy(i => i.IdempotencyKey, StringComparer.Ordinal).ToArray();
        // Not flushed: the client has its answer. Whoever refers to the request later flushes its row with his own.
        var rows = await _database.HotUnflushed.CreateCommand(AnswerSql)
            .With(Array.ConvertAll(sorted, i => i.Id)).With(Array.ConvertAll(sorted, i => i.ClientId)).With(Array.ConvertAll(sorted, i => i.Operation.Name))
            .With(Array.ConvertAll(sorted, i => i.Operation.Service)).With(Array.ConvertAll(sorted, i => i.Payload)).With(Array.ConvertAll(sorted, i => i.Priority))
            .With(Array.ConvertAll(sorted, i => i.IdempotencyKey)).With(Array.ConvertAll(sorted, i => i.PayloadHash)).With(Array.ConvertAll(sorted, i => i.MaxRetries))
            .With(Array.ConvertAll(sorted, i => i.FireAndForget)).With(Array.ConvertAll(sorted, i => i.Traceparent)).With(Array.ConvertAll(sorted, i => _rules.KeyOf(i)!)).With(Array.ConvertAll(sorted, i => i.StaleIfError))
            .List(r => (Id: r.GetGuid(0), Answer: new CachedAnswer(r.GetString(1), r.GetDateTime(2), r.GetTimeSpan(3)) { Stale = r.GetBoolean(4) }));
        var found = rows.ToDictionary(r => r.Id, r => r.Answer);
        return Array.ConvertAll(s, i => found.GetValueOrDefault(i.Id));
    }
}
