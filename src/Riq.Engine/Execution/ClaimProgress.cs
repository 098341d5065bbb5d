using System.Collections.Concurrent;
using Riq.Engine.Requests;
using Riq.Engine.Storage;

namespace Riq.Engine.Execution;

/// <summary>
/// Remembers, per work queue, when the newest claimed request had been sent. Queues are first in, first out: what was
/// sent long before and still waits has probably been lost at the broker.
/// </summary>
sealed class ClaimProgress(Database database)
{
    const string FlushSql = """
        insert into queue_stats(service, priority, queued, processing, ended_per_second, claimed_sent_at, updated_at)
        select service, priority, 0, 0, 0, sent_at, now() from unnest($1::text[], $2::text[], $3::timestamptz[]) as t(service, priority, sent_at)
        on conflict (service, priority) do update set claimed_sent_at = greatest(queue_stats.claimed_sent_at, excluded.claimed_sent_at)
        """;

    readonly ConcurrentDictionary<(string Service, string Priority), DateTime> _newest = [];

    public void Claimed(QueueRequest r)
    {
        if (r.SentAt is not { } sentAt) return;
        _newest.AddOrUpdate((r.Service, r.Priority), static (_, at) => at, static (_, old, at) => old > at ? old : at, sentAt);
    }

    /// <summary>Tells the other processes; called with every sweep.</summary>
    public async Task Flush(CancellationToken cancellation)
    {
        var all = _newest.ToArray().OrderBy(p => p.Key).ToArray();
        if (all.Length == 0) return;
        await database.Plain.CreateCommand(FlushSql)
            .With(Array.ConvertAll(all, p => p.Key.Service)).With(Array.ConvertAll(all, p => p.Key.Priority)).With(Array.ConvertAll(all, p => p.Value))
            .Run(cancellation);
    }
}
