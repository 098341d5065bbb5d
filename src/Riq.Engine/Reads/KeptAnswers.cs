using Riq.Contracts;
using Riq.Engine.Batching;
using Riq.Engine.Requests;
using Riq.Engine.Storage;
using Riq.Engine.Submission;

namespace Riq.Engine.Reads;

/// <summary>Keeps what reads gave.</summary>
sealed class KeptAnswers
{
    // It would be found void by the look-up anyway; what is void already is not worth its place. Within the time in which the
    // service may still answer without a write, nothing is kept at all.
    const string KeepSql = """
        insert into read_cache(key, operation, result, tags, snapshot, read_at, expires_at, bytes)
        select key, operation, result::jsonb, string_to_array(tags, E'\n'), snapshot::pg_snapshot, read_at, read_at + ttl, octet_length(result)
        from unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::interval[], $8::interval[]) as t(key, operation, result, tags, snapshot, read_at, ttl, settles)
        where not exists (select from cache_tags c where c.tag = any(string_to_array(t.tags, E'\n'))
          and (not pg_visible_in_snapshot(c.changed_by, t.snapshot::pg_snapshot) or c.changed_at > t.read_at - t.settles))
        order by key
        on conflict (key) do update set result = excluded.result, tags = excluded.tags, snapshot = excluded.snapshot,
          read_at = excluded.read_at, expires_at = excluded.expires_at, bytes = excluded.bytes
        where read_cache.read_at < excluded.read_at
        """;

    readonly Database _database;
    readonly ReadRules _rules;
    readonly OperationCatalog _catalog;
    readonly RiqOptions _options;
    readonly GroupCommit<Kept, bool> _batch;

    sealed record Kept(QueueRequest Request, string Result, CachedRead How, TimeSpan Ttl)
    {
        public byte[] Key => Request.CacheKey!;
    }

    public KeptAnswers(Database database, ReadRules rules, OperationCatalog catalog, RiqOptions options)
    {
        (_database, _rules, _catalog, _options) = (database, rules, catalog, options);
        _batch = new(Store);
    }

    /// <summary>Keeps the answer when its operation says so and it is not too long.</summary>
    public Task Keep(QueueRequest request, string result)
    {
        if (request.CacheKey is null || request.ReadSnapshot is null || result.Length > _options.Cache.MaxEntryBytes) return Task.CompletedTask;
        if (_catalog.Find(request.Operation) is not { Cached: { } how } operation || _rules.TtlOf(operation) is var ttl && ttl == TimeSpan.Zero) return Task.CompletedTask;
        return _batch.Add(new(request, result, how, ttl));
    }

    async Task<bool[]> Store(Kept[] batch)
    {
        var newest = batch.OrderByDescending(k => k.Request.StartedAt).DistinctBy(k => Convert.ToHexString(k.Key)).ToArray();
        await _database.HotUnflushed.CreateCommand(KeepSql)
            .With(Array.ConvertAll(newest, k => k.Key)).With(Array.ConvertAll(newest, k => k.Request.Operation)).With(Array.ConvertAll(newest, k => k.Result))
            .With(Array.ConvertAll(newest, k => string.Join('\n', _rules.TagsOf(k.Request, k.Result)))).With(Array.ConvertAll(newest, k => k.Request.ReadSnapshot!))
            .With(Array.ConvertAll(newest, k => k.Request.StartedAt!.Value)).With(Array.ConvertAll(newest, k => k.Ttl)).With(Array.ConvertAll(newest, k => k.How.Settles))
            .Run();
        return new bool[batch.Length];
    }
}
