using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Riq.Engine.Observability;
using Riq.Engine.Storage;

namespace Riq.Engine.Callbacks;

/// <summary>Delivers due callbacks, in every worker: a bounded number at a time, of these only a few to one host.</summary>
sealed class CallbackDispatcher(CallbackStore store, CallbackClient client, RiqOptions options, TimeProvider time, ILogger<CallbackDispatcher> log) : BackgroundService
{
    static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);
    readonly ConcurrentDictionary<Guid, (string Host, Task Work)> _underWay = [];

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        var pause = options.SweepInterval < LongestPause ? options.SweepInterval : LongestPause;
        while (!stop.IsCancellationRequested)
        {
            try { if (await TakeSome(stop)) continue; }
            catch (OperationCanceledException) when (stop.IsCancellationRequested) { break; }
            catch (Exception e) when (Database.IsOutage(e)) { log.CallbacksAway(e.Message); }
            await Task.Delay(pause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        // Calls under way have their own limit; what they say is stored.
        await Task.WhenAll(_underWay.Values.Select(u => u.Work));
    }

    // True when there may be more.
    async Task<bool> TakeSome(CancellationToken stop)
    {
        var free = options.Callbacks.Concurrency - _underWay.Count;
        if (free <= 0) return false;
        var byHost = _underWay.Values.GroupBy(u => u.Host).ToDictionary(g => g.Key, g => g.Count());
        var due = await store.Take(free, byHost, stop);
        foreach (var callback in due)
        {
            var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _underWay[callback.Id] = (callback.Host, Deliver(callback, begin.Task));
            begin.SetResult();
        }
        return due.Count == free;
    }

    async Task Deliver(DueCallback callback, Task begin)
    {
        await begin;
        try
        {
            if (callback.Body is null) { await store.Supersede(callback); return; }
            var result = await client.Deliver(callback);
            RiqMetrics.CallbackDeliveries.WithLabels(result.Error is null ? "delivered" : result.Status == CallbackStatus.Pending ? "retried" : result.Status).Inc();
            if (result.Error is not null) log.CallbackFailed(callback.Host, callback.Attempt, result.Error);
            await store.End(callback, result);
        }
        // It falls due again when its claim ends: delivered once more, with the same id.
        catch (Exception e) when (Database.IsOutage(e)) { log.CallbacksAway(e.Message); }
        catch (Exception e) { log.CallbackThrew(e, callback.Id); }
        finally { _underWay.TryRemove(callback.Id, out _); }
    }
}
