using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Riq.Engine.Storage;

namespace Riq.Engine.Results;

/// <summary>Covers events that never came: looks every waited-for request up once in 10 s, a tenth of them every second.</summary>
sealed class LostWakeUps(Database database, Waiters waiters, TimeProvider time, ILogger<LostWakeUps> log) : BackgroundService
{
    const int Slices = 10;
    const string EndedSql = "select id from queue_requests where id = any($1) and status in ('completed', 'failed', 'dead')";

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        for (var slice = 0; await timer.WaitForNextTickAsync(stop); slice = (slice + 1) % Slices)
        {
            var ids = waiters.Slice(slice, Slices);
            if (ids.Length == 0) continue;
            try
            {
                foreach (var id in await database.Hot.CreateCommand(EndedSql).With(ids).List(r => r.GetGuid(0), stop)) waiters.Wake(id);
            }
            catch (NpgsqlException e) { log.WakeUpsDatabaseAway(e.Message); }
        }
    }
}
