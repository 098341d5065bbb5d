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
sealed class Leader(Database database, Leadership leadership, IEnumerable<ISweeper> sweepers, TimeProvider time, ILogger<Leader> log) : BackgroundService
{
    /// <summary>Of the advisory lock that the leading process holds: "RIQ".</summary>
    public const long LockKey = 0x52_49_51;

    static readonly TimeSpan Heartbeat = Leadership.Heartbeat;

    /// <summary>A sweeper that rests longer would look like one that fails.</summary>
    static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(1);

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
        await leadership.Note(connection, stop);
        log.Leading();
        using var term = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var loops = sweepers.Select(s => Task.Run(() => Loop(s, term.Token), CancellationToken.None)).ToArray();
        try
        {
            while (!stop.IsCancellationRequested)
            {
                await Pause(Heartbeat, stop);
                if (!stop.IsCancellationRequested) await leadership.Note(connection, stop);
            }
        }
        finally
        {
            await term.CancelAsync();
            await Task.WhenAll(loops);
            RiqMetrics.ForgetLeaderGauges();
        }
    }

    async Task Loop(ISweeper sweeper, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var began = time.GetTimestamp();
            try
            {
                await sweeper.Sweep(leadership.SteadyFor, stop);
                RiqMetrics.SweeperSuccess.WithLabels(sweeper.Name).Set(time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested) { return; }
            catch (Exception e) when (e is NpgsqlException || BrokerPublisher.IsOutage(e)) { log.SweepFailed(sweeper.Name, e.Message); }
            catch (Exception e) { log.SweepThrew(e, sweeper.Name); }
            var rest = time.GetElapsedTime(began) * (1 / sweeper.LargestShare - 1);
            rest = rest < LongestRest ? rest : LongestRest;
            await Pause(rest > sweeper.Interval ? rest : sweeper.Interval, stop);
        }
    }

    async Task Pause(TimeSpan pause, CancellationToken stop) =>
        await Task.Delay(pause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
