using System.Globalization;
using Npgsql;
using Riq.Engine.Storage;

namespace Riq.Engine.Timeline;

/// <summary>
/// Reads the changes of all requests in order, from the rows that every change leaves anyway: <c>request_attempts</c> where an attempt ended,
/// <c>request_events</c> for everything else. Nothing is added to a request's way for it but the transaction's id in both.
/// </summary>
sealed class ChangeReader(Database database)
{
    // Only what is older than every running transaction: nothing can appear in front of it any more.
    const string After = "(xid, request_id, version) > ($1::text::xid8, $2, $3) and xid < pg_snapshot_xmin(pg_current_snapshot())";
    const string OfEvents = "select xid, request_id, version, at, event, status, attempt, by, null::text as error_code from request_events";
    const string OfAttempts = "select xid, request_id, version, ended_at, event, status, attempt, worker, error->>'code' from request_attempts";

    // The request itself may be gone by now; the reading goes on behind its changes all the same.
    const string Columns = """
        c.xid::text, c.request_id, c.version, c.at, c.event, c.status, c.attempt, c.by, coalesce(c.error_code, case when r.version = c.version then r.error->>'code' end),
        case when c.status = 'queued' and r.version = c.version then r.next_retry_at end, r.operation, r.service, r.priority, r.client_id, r.idempotency_key
        """;

    const string ReadSql = $"""
        select {Columns} from (
          select * from (
            ({OfEvents} where {After} order by xid, request_id, version limit $4)
            union all
            ({OfAttempts} where {After} order by xid, request_id, version limit $4)) both_tables
          order by xid, request_id, version limit $4) c
        left join queue_requests r on r.id = c.request_id order by c.xid, c.request_id, c.version
        """;

    const string SamplesSql = $"""
        select {Columns}, pg_snapshot_xmin(pg_current_snapshot())::text from (
          select distinct on (status) * from ({OfEvents} where {After} union all {OfAttempts} where {After}) both_tables order by status, xid) c
        left join queue_requests r on r.id = c.request_id
        """;

    const string NowSql = "select pg_snapshot_xmin(pg_current_snapshot())::text";

    const string AgeSql = """
        select now() - at from (
          select at from request_events where request_id = $1 and version = $2 and xid = $3::text::xid8
          union all
          select ended_at from request_attempts where request_id = $1 and version = $2 and xid = $3::text::xid8) change
        """;

    const int EndColumn = 15;

    /// <summary>The end of what can be read now: changes that are not visible yet come after it.</summary>
    public async Task<ChangePosition> Now(CancellationToken cancellation) =>
        ChangePosition.Before((await database.Hot.CreateCommand(NowSql).List(r => Xid(r.GetString(0)), cancellation)).Single());

    /// <summary>The next changes, and where the reading goes on. <c>More</c>: there may be more already.</summary>
    public async Task<(IReadOnlyList<Change> Changes, ChangePosition End, bool More)> Read(ChangePosition after, int limit, CancellationToken cancellation)
    {
        var rows = await At(ReadSql, after).With(limit).List(Read, cancellation);
        return rows.Count == 0 ? ([], after, false) : ([.. rows.Select(r => r.Change).OfType<Change>()], rows[^1].Position, rows.Count == limit);
    }

    /// <summary>One change of each status among all that follow, and the end of these: enough to find out whether anybody listens.</summary>
    public async Task<(IReadOnlyList<Change> Samples, ChangePosition End)> Samples(ChangePosition after, CancellationToken cancellation)
    {
        var rows = await At(SamplesSql, after).List(r => (Read(r).Change, End: Xid(r.GetString(EndColumn))), cancellation);
        return rows.Count == 0 ? ([], after) : ([.. rows.Select(r => r.Change).OfType<Change>()], ChangePosition.Before(rows[0].End));
    }

    /// <summary>How long ago the change at this position was made; null when there is no such change, or it is gone.</summary>
    public async Task<TimeSpan?> Age(ChangePosition position, CancellationToken cancellation) =>
        (await database.Hot.CreateCommand(AgeSql).With(position.RequestId).With(position.Version).With(Text(position.Xid)).List(r => (TimeSpan?)r.GetTimeSpan(0), cancellation)).FirstOrDefault();

    NpgsqlCommand At(string sql, ChangePosition after) => database.Hot.CreateCommand(sql).With(Text(after.Xid)).With(after.RequestId).With(after.Version);

    static string Text(ulong xid) => xid.ToString(CultureInfo.InvariantCulture);
    static ulong Xid(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);

    static (ChangePosition Position, Change? Change) Read(NpgsqlDataReader r)
    {
        var position = new ChangePosition(Xid(r.GetString(0)), r.GetGuid(1), r.GetInt64(2));
        return (position, r.IsDBNull(10) ? null : new(position, r.GetDateTime(3), r.GetString(4), r.GetString(5), r.GetInt32(6), r.Text(7), r.Text(8), r.Time(9),
            r.GetString(10), r.GetString(11), r.GetString(12), r.GetString(13), r.Text(14)));
    }
}
