using Microsoft.Extensions.Logging;
using Npgsql;
using Riq.Engine.Observability;
using Riq.Engine.Requests;
using Riq.Engine.Storage;

namespace Riq.Engine.Reads;

/// <summary>
/// Equal reads that wait at the same time share one call. The first that is claimed makes it; those that are claimed
/// meanwhile go back to the queue until it has ended; when it has, its end is that of every one that waits, each by its own policy.
/// </summary>
sealed class SharedReads(Database database, KeptAnswers answers, ReadRules rules, StaleAnswers stale, RequestLife life, TransitionWriter writer, ILogger<SharedReads> log)
{
    const int Batch = 256;

    // Whoever submitted after the call had begun may have seen a write completed that the answer lacks, unless no such write has
    // changed its tags: the others run now. A failure is shared only with those that have not failed by themselves meanwhile.
    const string WaitingSql = $"""
        select {RequestRow.Columns},
          (r.created_at < $4 or not exists (select from cache_tags c where c.tag = any($5) and not pg_visible_in_snapshot(c.changed_by, $6::pg_snapshot))) as may_share,
          coalesce(r.next_retry_at > now(), false) as waits
        from queue_requests r
        where r.cache_key = $1 and r.status = 'queued' and r.shares and r.ready and r.id > $2 and (r.expires_at is null or r.expires_at > now())
          and (r.waiting_for is null or $3 and r.waiting_for = 'retry')
        order by r.id limit $7
        """;

    /// <summary>Before the outcome is stored: whoever asks from now on is answered from the cache.</summary>
    public async Task Keep(QueueRequest request, object end)
    {
        if (request.CacheKey is null || end is not Succeeded succeeded) return;
        try { await answers.Keep(request, succeeded.Result); }
        catch (Exception e) when (e is NpgsqlException or TimeoutException) { log.CacheAway(e.Message); }
    }

    /// <summary>After the outcome was stored. What fails here costs no request: those that wait run by themselves.</summary>
    public async Task Share(QueueRequest request, object end)
    {
        if (request.CacheKey is null || request.ReadSnapshot is null || end is not (Succeeded or AttemptFailed)) return;
        try { await ShareWithAll(request, end); }
        catch (Exception e) when (e is NpgsqlException or TimeoutException) { log.CacheAway(e.Message); }
    }

    async Task ShareWithAll(QueueRequest request, object end)
    {
        var tags = rules.TagsOf(request, (end as Succeeded)?.Result);
        var last = Guid.Empty;
        while (true)
        {
            var waiting = await database.Hot.CreateCommand(WaitingSql).With(request.CacheKey!).With(last).With(end is Succeeded).With(request.StartedAt!.Value).With(tags)
                .With(request.ReadSnapshot!).With(Batch)
                .List(r => (Request: RequestRow.Read(r), MayShare: r.GetBoolean(r.GetOrdinal("may_share")), Waits: r.GetBoolean(r.GetOrdinal("waits"))));
            await Task.WhenAll(waiting.Select(w => w.MayShare ? Give(w.Request, new(end, request.Token)) : w.Waits ? Release(w.Request) : Task.CompletedTask));
            if (waiting.Count < Batch) return;
            last = waiting[^1].Request.CorrelationId;
        }
    }

    async Task Release(QueueRequest waiting)
    {
        if (await life.Raise(waiting, life.Machine.HandedBack, new("the equal read has ended"))) await writer.Write(waiting);
    }

    /// <summary>Ends a request that waits with what somebody else's call gave.</summary>
    public async Task Give(QueueRequest waiting, Shared end)
    {
        if (!await life.Raise(waiting, life.Machine.Shared, end with { End = await stale.InPlaceOf(end.End, waiting) }) || !await writer.Write(waiting)) return;
        RiqMetrics.CacheRequests.WithLabels("shared").Inc();
    }
}
