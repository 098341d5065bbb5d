using Riq.Engine.Storage;

namespace Riq.Engine.Statistics;

/// <summary>The queue over some seconds: of counts and times the highest, of rates the mean.</summary>
sealed record HistoryPoint(DateTime At, long Queued, long Processing, double OldestSeconds, double? EndedPerSecond, double? UnsuccessfulPerSecond, double? P50, double? P95, double? P99);

/// <summary>Reads the history of the last minutes, in at most <see cref="MostPoints"/> points.</summary>
sealed class HistoryReader(Database database)
{
    public const int MostPoints = 360;
    public const int LongestMinutes = 24 * 60;

    const string ReadSql = """
        with rows as (
          select *, greatest(ended_total - lag(ended_total) over byTime, 0) as ended, extract(epoch from at - lag(at) over byTime) as seconds
          from queue_history where at > now() - $1 window byTime as (order by at))
        select date_bin($2, at, timestamptz 'epoch') as point, max(queued), max(processing), max(oldest_seconds), (sum(ended) / nullif(sum(seconds), 0))::float8,
          (sum(ended * coalesce(unsuccessful_share, 0)) / nullif(sum(seconds), 0))::float8, max(p50), max(p95), max(p99)
        from rows group by 1 order by 1
        """;

    public Task<List<HistoryPoint>> Read(int minutes, CancellationToken cancellation) =>
        database.Plain.CreateCommand(ReadSql).With(TimeSpan.FromMinutes(minutes)).With(TimeSpan.FromSeconds(Math.Max(10, minutes * 60 / MostPoints)))
            .List(r => new HistoryPoint(r.GetDateTime(0), r.GetInt64(1), r.GetInt64(2), r.GetDouble(3), r.Number(4), r.Number(5), r.Number(6), r.Number(7), r.Number(8)), cancellation);
}
