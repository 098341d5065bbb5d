using Microsoft.Extensions.Logging;
using Riq.Engine.Observability;
using Riq.Engine.Sweepers;

namespace Riq.Engine.Cleanup;

/// <summary>The daily cleanup; one that was cut off goes on a minute later.</summary>
sealed class CleanupSweeper(Cleaner cleaner, RiqOptions options, TimeProvider time, ILogger<CleanupSweeper> log) : ISweeper
{
    static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(1);
    static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    long? _last;

    public string Name => "cleanup";
    public TimeSpan Interval => options.Cleanup.Interval < RetryAfter ? options.Cleanup.Interval : RetryAfter;

    public async Task Sweep(TimeSpan leadingFor, CancellationToken cancellation)
    {
        if (_last is { } last && time.GetElapsedTime(last) < options.Cleanup.Interval) return;
        var began = time.GetTimestamp();
        var result = await cleaner.Run(options.Cleanup, Longest, cancellation);
        if (result.Deleted > 0) log.CleanedUp(result.Deleted, time.GetElapsedTime(began).TotalSeconds);
        if (result.Finished) _last = began;
    }
}
