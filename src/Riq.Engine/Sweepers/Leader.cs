using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Riq.Engine.Observability;
using Riq.Engine.Outbox;
using Riq.Engine.Storage;

namespace Riq.Engine.Sweepers;

/// <summary>
/// Makes one process of all run the sweepers: the one that holds an advisory lock, on a connection of its own that ends
/// with the process, the network or the database.
/// </summary>
sealed class Leader(Database database, IEnumerable<ISweeper> sweepers, TimeProvider time, ILogger<Leader> log) : BackgroundService
{
    const long LockKey = 0x52_49_51;   // "RIQ"
    static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await using var connection = database.Unpooled();
                await connection.OpenAsync(stop);
                if (await BecomeLeader(connection, stop)) await Lead(connection, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested) { return; }
            catch (Exception e) when (e is NpgsqlException or TimeoutException) { log.LeadershipLost(e.Message); }
            await Pause(Heartbeat, stop);
        }
    }

    // Waits as a bystander until the lock is free; false when stopped.
    async Task<bool> BecomeLeader(NpgsqlConnection connection, CancellationToken stop)
    {
        await using var tryLock = new NpgsqlCommand("select pg_try_advisory_lock($1)", connection).With(LockKey);
        while (!stop.IsCancellationRequested)
        {
            if (await tryLock.ExecuteScalarAsync(stop) is true) return true;
            await Pause(Heartbeat, stop);
        }
        return false;
    }

    async Task Lead(NpgsqlConnection connection, CancellationToken stop)
    {
        log.Leading();
        var since = time.GetTimestamp();
        using var term = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var loops = sweepers.Select(s => Task.Run(() => Loop(s, since, term.Token), CancellationToken.None)).ToArray();
        try
        {
            await using var stillHere = new NpgsqlCommand("select 1", connection) { CommandTimeout = 5 };
            while (!stop.IsCancellationRequested)
            {
                await stillHere.ExecuteScalarAsync(stop);
                await Pause(Heartbeat, stop);
            }
        }
        finally
        {
            await term.CancelAsync();
            await Task.WhenAll(loops);
            RiqMetrics.ForgetLeaderGauges();
        }
    }

    async Task Loop(ISweeper sweeper, long since, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await sweeper.Sweep(time.GetElapsedTime(since), stop);
                RiqMetrics.SweeperSuccess.WithLabels(sweeper.Name).Set(time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested) { return; }
            catch (Exception e) when (e is NpgsqlException || BrokerPublisher.IsOutage(e)) { log.SweepFailed(sweeper.Name, e.Message); }
            catch (Exception e) { log.SweepThrew(e, sweeper.Name); }
            await Pause(sweeper.Interval, stop);
        }
    }

    async Task Pause(TimeSpan pause, CancellationToken stop) =>
        await Task.Delay(pause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
