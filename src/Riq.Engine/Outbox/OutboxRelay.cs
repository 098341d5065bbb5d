using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Riq.Engine.Batching;
using Riq.Engine.Observability;

namespace Riq.Engine.Outbox;

/// <summary>
/// Brings outbox rows to RabbitMQ: those that this process has just committed straight from memory, and, from the
/// table, those that are due: delayed ones, failed ones, and those of processes that died.
/// </summary>
sealed class OutboxRelay(OutboxStore store, BrokerPublisher publisher, RiqOptions options, TimeProvider time, ILogger<OutboxRelay> log) : BackgroundService
{
    const int MaxInMemory = 20_000;
    const int RecoveryBatch = 200;
    static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);
    // Rows locked by another relay stay "due" for a moment: without a floor the loop would spin on them.
    static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(50);

    // A row stays its writer's for so long that a statement for each few would be waste.
    static readonly TimeSpan DeletesGather = TimeSpan.FromMilliseconds(100);

    readonly GroupCommit<OutboxMessage, bool> _deletes = new(store.Delete, 512, (DeletesGather, time));
    readonly GroupCommit<OutboxMessage, bool> _postponements = new(store.Postpone, 512);
    int _inMemory;
    volatile bool _closing;

    /// <summary>
    /// Asks for room before rows are inserted. False (no connection, or no room): insert them due at once, any relay
    /// takes them from the table. True: insert them with a claim, then <see cref="HandOver"/> or <see cref="Release"/> as many.
    /// </summary>
    public bool TryReserve(int count)
    {
        if (_closing || !publisher.IsConnected) return false;
        if (Interlocked.Add(ref _inMemory, count) <= MaxInMemory) return true;
        Interlocked.Add(ref _inMemory, -count);
        return false;
    }

    /// <summary>This process ends: what is written from now on is due at once, for the relays of others.</summary>
    public void TakeNoMore() => _closing = true;

    public void Release(int count) => Interlocked.Add(ref _inMemory, -count);

    /// <summary>Sends a committed row for which room was reserved. <paramref name="reservedAt"/>: timestamp taken before the insert.</summary>
    public void HandOver(OutboxMessage message, long reservedAt) => _ = SendReserved(message, reservedAt);

    async Task SendReserved(OutboxMessage message, long reservedAt)
    {
        try
        {
            // Too little of the claim left: another relay may take the row any moment, so it is theirs.
            if (time.GetElapsedTime(reservedAt) < options.OutboxClaim * (2.0 / 3)) await Send(message);
        }
        finally { Release(1); }
    }

    async Task Send(OutboxMessage message)
    {
        try
        {
            await publisher.Publish(message);
            RiqMetrics.OutboxSent.Inc();
            await _deletes.Add(message);
        }
        catch (UnsendableException e)
        {
            log.Parked(message.MessageId, e.Message);
            await Ignoring(() => store.Park(message, e.Message));
        }
        // Postgres went away: the message was sent, its row will be sent once more, and the fenced claim drops the copy.
        catch (NpgsqlException e) { log.OutboxDatabaseAway(e.Message); }
        catch (Exception e)
        {
            RiqMetrics.OutboxFailures.Inc();
            log.NotConfirmed(message.Destination, e.Message);
            await Ignoring(() => _postponements.Add(message));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var wait = LongestWait;
            try
            {
                if (publisher.IsConnected && !_closing)
                {
                    var due = await store.TakeDue(RecoveryBatch, stop);
                    await Task.WhenAll(due.Select(Send));
                    if (due.Count == RecoveryBatch) continue;
                    wait = Clamp(await store.UntilNextDue(stop));
                }
            }
            catch (Exception e) when (!stop.IsCancellationRequested) { log.OutboxDatabaseAway(e.Message); }
            catch (OperationCanceledException) { return; }
            await Task.Delay(wait, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    static TimeSpan Clamp(TimeSpan? wait) => wait is not { } w || w > LongestWait ? LongestWait : w < ShortestWait ? ShortestWait : w;

    // The row's claim runs out by itself; failing to say so earlier only costs time.
    async Task Ignoring(Func<Task> work)
    {
        try { await work(); }
        catch (NpgsqlException e) { log.OutboxDatabaseAway(e.Message); }
    }
}
