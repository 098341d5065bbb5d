using Riq.Engine.Storage;
using Riq.Engine.Sweepers;

namespace Riq.Engine.Statistics;

/// <summary>
/// Writes a row of history every 10 s and drops those older than a day. What ended is found by the order of transactions, for
/// which there is an index; of very many, the last are a good sample.
/// </summary>
sealed class HistorySweeper(Database database) : ISweeper
{
    const int Sample = 5_000;

    const string WriteSql = """
        with ended as (
          select extract(epoch from r.completed_at - r.created_at) * 1000 as ms, r.status <> 'completed' as unsuccessful
          from (select distinct request_id from (select request_id from request_attempts where xid >= coalesce($1::text::xid8, pg_snapshot_xmax(pg_current_snapshot())) order by xid desc limit $2) last) a
          join queue_requests r on r.id = a.request_id where r.completed_at is not null),
        spread as (
          select avg(unsuccessful::int)::float8 as unsuccessful, percentile_cont(array[0.5, 0.95, 0.99]) within group (order by ms) as ms from ended),
        counts as (
          select coalesce(sum(queued), 0) as queued, coalesce(sum(processing), 0) as processing, coalesce(extract(epoch from now() - min(oldest_queued_at)), 0) as oldest, coalesce(sum(ended_total), 0) as ended from queue_stats),
        old as (delete from queue_history where at < now() - interval '1 day')
        insert into queue_history(at, queued, processing, oldest_seconds, ended_total, unsuccessful_share, p50, p95, p99)
        select now(), queued, processing, oldest, ended, unsuccessful, ms[1], ms[2], ms[3] from counts, spread
        on conflict (at) do nothing
        returning pg_snapshot_xmin(pg_current_snapshot())::text
        """;

    /// <summary>The oldest transaction that was under way at the last row: what it ended is of the next row.</summary>
    string? _from;

    public string Name => "history";
    public TimeSpan Interval => TimeSpan.FromSeconds(10);

    public async Task Sweep(TimeSpan steadyFor, CancellationToken cancellation)
    {
        var written = await database.Plain.CreateCommand(WriteSql).With(_from).With(Sample).List(r => r.GetString(0), cancellation);
        _from = written.SingleOrDefault() ?? _from;
    }
}
