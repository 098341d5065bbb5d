using System.Collections.Concurrent;
using Riq.Engine.Requests;
using Riq.Engine.Storage;

namespace Riq.Engine.Execution;

/// <summary>
/// What this worker knows about each work queue's progress, told to all by a flush now and then: how many requests ended,
/// and when the newest claimed one had been sent. Queues are first in, first out: what was sent long before and still
/// waits has probably been lost at the broker.
/// </summary>
sealed class QueueProgress(Database database)
{
    const string FlushSql = """
        insert into queue_stats(service, priority, queued, processing, ended_per_second, ended_total, claimed_sent_at, updated_at)
        select service, priority, 0, 0, 0, ended, sent_at, 'epoch' from unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[]) as t(service, priority, sent_at, ended)
        on conflict (service, priority) do update set
          claimed_sent_at = greatest(queue_stats.claimed_sent_at, excluded.claimed_sent_at),
          ended_total = queue_stats.ended_total + excluded.ended_total
        """;

    readonly ConcurrentDictionary<(string Service, string Priority), Progress> _queues = [];

    sealed class Progress
    {
        public long NewestSent;   // ticks in UTC
        public long Ended;        // since the last flush
    }

    public void Claimed(QueueRequest r)
    {
        if (r.SentAt is not { } sentAt) return;
        var progress = Of(r);
        // A lost race loses a difference of microseconds.
        if (sentAt.Ticks > Volatile.Read(ref progress.NewestSent)) Volatile.Write(ref progress.NewestSent, sentAt.Ticks);
    }

    public void Ended(QueueRequest r) => Interlocked.Increment(ref Of(r).Ended);

    Progress Of(QueueRequest r) => _queues.GetOrAdd((r.Service, r.Priority), static _ => new());

    public async Task Flush(CancellationToken cancellation)
    {
        var queues = _queues.OrderBy(q => q.Key).ToArray();
        if (queues.Length == 0) return;
        var ended = Array.ConvertAll(queues, q => Interlocked.Exchange(ref q.Value.Ended, 0));
        try
        {
            await database.Plain.CreateCommand(FlushSql)
                .With(Array.ConvertAll(queues, q => q.Key.Service)).With(Array.ConvertAll(queues, q => q.Key.Priority))
                .With(Array.ConvertAll(queues, q => new DateTime(Volatile.Read(ref q.Value.NewestSent), DateTimeKind.Utc))).With(ended)
                .Run(cancellation);
        }
        catch
        {
            for (var i = 0; i < queues.Length; i++) Interlocked.Add(ref queues[i].Value.Ended, ended[i]);
            throw;
        }
    }
}
