using Riq.Engine.Sweepers;

namespace Riq.Engine.DeadLetters;

/// <summary>
/// Goes through the lists of bulk operations at their pace: a few first, the rest when those have gone well. What it
/// does is decided by what is stored, so it goes on after a crash where it was.
/// </summary>
sealed class BulkSweeper(BulkStore store, BulkItems items, RiqOptions options) : ISweeper
{
    static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(1);

    public string Name => "bulk_operations";
    public TimeSpan Interval => options.SweepInterval < LongestInterval ? options.SweepInterval : LongestInterval;

    public async Task Sweep(TimeSpan leadingFor, CancellationToken cancellation)
    {
        foreach (var operation in await store.Running(cancellation)) await Advance(operation, cancellation);
    }

    async Task Advance(BulkOperation operation, CancellationToken cancellation)
    {
        var share = Math.Max(1, (int)(operation.PerSecond * Interval.TotalSeconds));
        var last = operation.Total;
        if (!operation.Proven)
        {
            var verdict = BulkRule.AfterFirst(await items.First(operation, cancellation));
            if (verdict == BulkVerdict.Stop) { await store.End(operation, "stopped", "Those that went first failed the same way again; the rest was left alone."); return; }
            if (verdict == BulkVerdict.GoOn) await store.Prove(operation);
            else last = operation.First;
        }
        var treated = operation.Kind == BulkKind.Retry ? await items.Retry(operation, last, share, cancellation) : await items.Purge(operation, share, cancellation);
        if (treated == 0 && last == operation.Total) await store.End(operation, "completed", null);
    }
}
