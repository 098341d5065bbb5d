using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Riq.Engine.Execution;

/// <summary>Tells everybody this worker's progress now and then.</summary>
sealed class ProgressFlush(QueueProgress progress, RiqOptions options, TimeProvider time, ILogger<ProgressFlush> log) : BackgroundService
{
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(options.SweepInterval < LongestPause ? options.SweepInterval : LongestPause, time);
        while (await timer.WaitForNextTickAsync(stop))
        {
            try { await progress.Flush(stop); }
            catch (NpgsqlException e) { log.ProgressNotFlushed(e.Message); }
        }
    }
}
