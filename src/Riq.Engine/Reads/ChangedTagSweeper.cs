using Riq.Engine.Execution;
using Riq.Engine.Storage;
using Riq.Engine.Sweepers;

namespace Riq.Engine.Reads;

/// <summary>
/// Forgets changes that no kept answer can be older than. The table holds a day's writes, and an index on their time would be an entry more for
/// each write: it is walked through a few pages at a time instead, round and round.
/// </summary>
sealed class ChangedTagSweeper(Database database, ReadRules rules, ClaimStore claims, RiqOptions options) : ISweeper
{
    // An outcome's transaction begins before it is seen; this is far more than it can take.
    static readonly TimeSpan Slack = TimeSpan.FromMinutes(10);

    static readonly TimeSpan BetweenPages = TimeSpan.FromMilliseconds(100);

    /// <summary>Of 8 KB; looking through them takes about 5 ms.</summary>
    const int Pages = 256;

    const string OldSql = """
        with gone as (delete from cache_tags where ctid >= format('(%s,0)', $1)::tid and ctid < format('(%s,0)', $1 + $2)::tid and changed_at < now() - $3)
        select pg_relation_size('cache_tags') > ($1 + $2) * current_setting('block_size')::bigint
        """;

    long _at;

    public string Name => "changed_tags";
    public TimeSpan Interval => _at > 0 ? BetweenPages : options.SweepInterval;
    public double LargestShare => 0.01;

    public async Task Sweep(TimeSpan steadyFor, CancellationToken cancellation)
    {
        // Not flushed: what comes back after a crash is deleted the next time.
        var goesOn = (await database.HotUnflushed.CreateCommand(OldSql).With(_at).With((long)Pages).With(rules.LongestTtl + options.Cache.KeepStale + claims.LongestLease + Slack)
            .List(r => r.GetBoolean(0), cancellation)).Single();
        _at = goesOn ? _at + Pages : 0;
    }
}
