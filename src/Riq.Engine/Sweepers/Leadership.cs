using Npgsql;
using Riq.Engine.Storage;

namespace Riq.Engine.Sweepers;

/// <summary>
/// Says since when somebody has led without a break in Postgres' presence. Kept in the database, because a new leader must
/// not have to wait as after an outage: where workers die again and again, no leader lives as long as a lease.
/// </summary>
sealed class Leadership(RiqOptions options, TimeProvider time)
{
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);

    const string LeadSql = """
        insert into leadership(name, leader, steady_since, seen_at) values ('sweepers', $1, now(), now())
        on conflict (name) do update set leader = excluded.leader, seen_at = now(),
          steady_since = case when leadership.seen_at < now() - $2 then now() else leadership.steady_since end
        returning extract(epoch from now() - steady_since)::float8
        """;

    double _steadySeconds;
    long _at;

    // Longer breaks count as an outage: outcomes may still be on their way. The margin of a lease covers shorter ones.
    TimeSpan LongestBreak => options.LeaseMargin / 2 > 3 * Heartbeat ? options.LeaseMargin / 2 : 3 * Heartbeat;

    /// <summary>How long Postgres has been there without a break, as far as leaders have seen.</summary>
    public TimeSpan SteadyFor => TimeSpan.FromSeconds(Volatile.Read(ref _steadySeconds)) + time.GetElapsedTime(Volatile.Read(ref _at));

    /// <summary>Notes that this process leads; throws when the connection, and with it the lock, is lost.</summary>
    public async Task Note(NpgsqlConnection connection, CancellationToken stop)
    {
        await using var lead = new NpgsqlCommand(LeadSql, connection) { CommandTimeout = 5 };
        var at = time.GetTimestamp();
        Volatile.Write(ref _steadySeconds, (double)(await lead.With(options.Worker).With(LongestBreak).ExecuteScalarAsync(stop))!);
        Volatile.Write(ref _at, at);
    }
}
