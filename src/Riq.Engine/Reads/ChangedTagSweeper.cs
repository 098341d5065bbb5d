using Riq.Engine.Execution;
using Riq.Engine.Storage;
using Riq.Engine.Sweepers;

namespace Riq.Engine.Reads;

/// <summary>
/// Forgets changes that no kept answer can be older than. It reads the whole table, which holds a day's writes, and no index spares it
/// that: an entry more for each write would cost more than a look now and then.
/// </summary>
sealed class ChangedTagSweeper(Database database, ReadRules rules, ClaimStore claims, RiqOptions options) : ISweeper
{
    // An outcome's transaction begins before it is seen; this is far more than it can take.
    static readonly TimeSpan Slack = TimeSpan.FromMinutes(10);

    const string OldSql = "delete from cache_tags where changed_at < now() - $1";

    public string Name => "changed_tags";
    public TimeSpan Interval => options.SweepInterval;
    public double LargestShare => 0.01;

    public Task Sweep(TimeSpan steadyFor, CancellationToken cancellation) =>
        database.Plain.CreateCommand(OldSql).With(rules.LongestTtl + options.Cache.KeepStale + claims.LongestLease + Slack).Run(cancellation);
}
