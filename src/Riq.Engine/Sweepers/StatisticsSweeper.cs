using Riq.Engine.Observability;
using Riq.Engine.Requests;
using Riq.Engine.Storage;
using Riq.Engine.Submission;

namespace Riq.Engine.Sweepers;

/// <summary>Counts what waits and runs, every 2 s, over partial indexes that hold no finished request, for every process and for Prometheus.</summary>
sealed class StatisticsSweeper(Database database, OperationCatalog catalog, TimeProvider time) : ISweeper
{
    static readonly TimeSpan RateWindow = TimeSpan.FromSeconds(60);

    const string CountSql = """
        with known as (select * from unnest($1::text[], $2::text[]) as k(service, priority)),
        running as (select service, priority, count(*) as n from queue_requests where status = 'processing' and lease_until > '-infinity' group by 1, 2)
        insert into queue_stats(service, priority, queued, processing, oldest_queued_at, ended_per_second, ended_total, updated_at)
        select k.service, k.priority, w.n, coalesce(r.n, 0), w.oldest, 0, 0, now()
        from known k left join running r using (service, priority)
        cross join lateral (select count(*) as n, min(q.created_at) as oldest from queue_requests q where q.status = 'queued' and q.service = k.service and q.priority = k.priority) w
        order by 1, 2
        on conflict (service, priority) do update set queued = excluded.queued, processing = excluded.processing, oldest_queued_at = excluded.oldest_queued_at, updated_at = excluded.updated_at
        returning service, priority, queued, extract(epoch from now() - oldest_queued_at)::float8, ended_total
        """;

    const string RatesSql = """
        update queue_stats q set ended_per_second = t.rate from unnest($1::text[], $2::text[], $3::float8[]) as t(service, priority, rate)
        where q.service = t.service and q.priority = t.priority
        """;

    const string OutboxSql = "select count(*), coalesce(extract(epoch from now() - min(due_at) filter (where due_at < now())), 0)::float8 from outbox";

    const string DeadSql = "select service, count(*) from queue_requests where status = 'dead' group by 1";

    readonly Queue<(long At, Dictionary<(string, string), long> Ended)> _samples = new();
    readonly (string Service, string Priority)[] _known = [.. from s in catalog.Services from p in Priorities.All orderby s, p select (s, p)];

    readonly record struct Counts(string Service, string Priority, long Queued, double? OldestSeconds, long Ended);

    public string Name => "statistics";
    public TimeSpan Interval => TimeSpan.FromSeconds(2);
    // A million waiting requests take a third of a second to count.
    public double LargestShare => 0.05;

    public async Task Sweep(TimeSpan steadyFor, CancellationToken cancellation)
    {
        var counts = await database.Plain.CreateCommand(CountSql).With(Array.ConvertAll(_known, k => k.Service)).With(Array.ConvertAll(_known, k => k.Priority))
            .List(r => new Counts(r.GetString(0), r.GetString(1), r.GetInt64(2), r.IsDBNull(3) ? null : r.GetDouble(3), r.GetInt64(4)), cancellation);
        await StoreRates(counts, cancellation);
        Export(counts);
        await ExportOutboxAndDead(cancellation);
    }

    async Task StoreRates(List<Counts> counts, CancellationToken cancellation)
    {
        var now = time.GetTimestamp();
        while (_samples.Count > 1 && time.GetElapsedTime(_samples.Peek().At, now) > RateWindow) _samples.Dequeue();
        await database.Plain.CreateCommand(RatesSql)
            .With(counts.Select(c => c.Service).ToArray()).With(counts.Select(c => c.Priority).ToArray()).With(counts.Select(c => Rate(c, now)).ToArray()).Run(cancellation);
        _samples.Enqueue((now, counts.ToDictionary(c => (c.Service, c.Priority), c => c.Ended)));
    }

    double Rate(Counts c, long now)
    {
        if (!_samples.TryPeek(out var first) || !first.Ended.TryGetValue((c.Service, c.Priority), out var before)) return 0;
        var seconds = time.GetElapsedTime(first.At, now).TotalSeconds;
        return seconds > 0 ? Math.Max(0, (c.Ended - before) / seconds) : 0;
    }

    static void Export(List<Counts> counts)
    {
        foreach (var c in counts) RiqMetrics.Depth.WithLabels(c.Service, c.Priority).Set(c.Queued);
        foreach (var service in counts.GroupBy(c => c.Service)) RiqMetrics.OldestQueued.WithLabels(service.Key).Set(service.Max(c => c.OldestSeconds) ?? 0);
    }

    async Task ExportOutboxAndDead(CancellationToken cancellation)
    {
        foreach (var (pending, delay) in await database.Plain.CreateCommand(OutboxSql).List(r => (r.GetInt64(0), r.GetDouble(1)), cancellation))
        {
            RiqMetrics.OutboxPending.Set(pending);
            RiqMetrics.OutboxDelay.Set(delay);
        }
        var dead = await database.Plain.CreateCommand(DeadSql).List(r => (Service: r.GetString(0), Count: r.GetInt64(1)), cancellation);
        foreach (var service in catalog.Services) RiqMetrics.DeadLetters.WithLabels(service).Set(dead.FirstOrDefault(d => d.Service == service).Count);
    }
}
