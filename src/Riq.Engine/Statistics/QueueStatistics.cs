using Microsoft.Extensions.Logging;
using Npgsql;
using Riq.Engine.Requests;
using Riq.Engine.Storage;

namespace Riq.Engine.Statistics;

/// <summary>Counts of one service and priority, as the leading worker wrote them last.</summary>
sealed record QueueCounts(string Service, string Priority, long Queued, long Processing, DateTime? OldestQueuedAt, double EndedPerSecond, DateTime UpdatedAt);

/// <summary>
/// The queue's statistics for this process. They are read at most every 2 s, however many submissions look at them, and
/// no submission ever waits for that.
/// </summary>
sealed class QueueStatistics(Database database, TimeProvider time, ILogger<QueueStatistics> log)
{
    static readonly TimeSpan Refresh = TimeSpan.FromSeconds(2);
    static readonly TimeSpan Stale = TimeSpan.FromSeconds(30);

    const string ReadSql = "select service, priority, queued, processing, oldest_queued_at, ended_per_second, updated_at, now() from queue_stats";

    volatile IReadOnlyList<QueueCounts> _counts = [];
    long _readAt = long.MinValue;
    int _reading;

    /// <summary>The database's time when this process's timestamp was 0: the only clock that all agree on.</summary>
    DateTime _zero;

    public IReadOnlyList<QueueCounts> Current
    {
        get
        {
            var readAt = Volatile.Read(ref _readAt);
            if ((readAt == long.MinValue || time.GetElapsedTime(readAt) > Refresh) && Interlocked.Exchange(ref _reading, 1) == 0) _ = Read();
            return _counts;
        }
    }

    /// <summary>Requests that wait for the service.</summary>
    public long Depth(string service) => Current.Where(c => c.Service == service).Sum(c => c.Queued);

    /// <summary>
    /// How many wait ahead of a request submitted now, and when it will probably be done; null when nothing recent is
    /// known, or nothing has ended lately.
    /// </summary>
    public (long? Position, DateTimeOffset? Completion) Estimate(string service, string priority)
    {
        var counts = Current.Where(c => c.Service == service).ToArray();
        DateTimeOffset now = _zero + time.GetElapsedTime(0);
        counts = [.. counts.Where(c => now.UtcDateTime - c.UpdatedAt < Stale)];
        if (counts.Length == 0) return (null, null);
        var ahead = counts.Where(c => Priorities.Rank(c.Priority) <= Priorities.Rank(priority)).Sum(c => c.Queued);
        var rate = counts.Sum(c => c.EndedPerSecond);
        return (ahead + 1, rate > 0 ? now + TimeSpan.FromSeconds(Math.Min((ahead + 1) / rate, TimeSpan.FromDays(30).TotalSeconds)) : null);
    }

    async Task Read()
    {
        try
        {
            var at = time.GetElapsedTime(0);
            var counts = await database.Plain.CreateCommand(ReadSql).List(r =>
            {
                _zero = r.GetDateTime(7) - at;
                return new QueueCounts(r.GetString(0), r.GetString(1), r.GetInt64(2), r.GetInt64(3), r.Time(4), r.GetDouble(5), r.GetDateTime(6));
            });
            _counts = counts;
        }
        catch (NpgsqlException e) { log.StatisticsAway(e.Message); }
        finally
        {
            Volatile.Write(ref _readAt, time.GetTimestamp());
            Volatile.Write(ref _reading, 0);
        }
    }
}
