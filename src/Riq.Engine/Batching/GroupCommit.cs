using Npgsql;

namespace Riq.Engine.Batching;

/// <summary>
/// Runs callers' items in batches, one batch at a time: what arrives while a batch is under way forms the next one.
/// No timer, so a lone caller never waits.
/// </summary>
/// <param name="gathers">How long a batch waits to fill, for what nobody is in a hurry about. <c>null</c>: not at all.</param>
sealed class GroupCommit<TItem, TResult>(Func<TItem[], Task<TResult[]>> run, int maxBatch = 256, (TimeSpan For, TimeProvider Time)? gathers = null)
{
    const int MaxDeadlockRetries = 3;

    readonly Lock _gate = new();
    readonly Queue<Entry> _waiting = new();
    bool _running;

    sealed class Entry(TItem item) : TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public readonly TItem Item = item;
    }

    public Task<TResult> Add(TItem item)
    {
        var entry = new Entry(item);
        lock (_gate)
        {
            _waiting.Enqueue(entry);
            if (_running) return entry.Task;
            _running = true;
        }
        // Global queue, not inline: callers that are already runnable get into the first batch.
        ThreadPool.UnsafeQueueUserWorkItem(static self => _ = self.Pump(), this, preferLocal: false);
        return entry.Task;
    }

    async Task Pump()
    {
        while (true)
        {
            if (gathers is { } pause && Waiting is > 0 and var few && few < maxBatch) await Task.Delay(pause.For, pause.Time).ConfigureAwait(false);
            Entry[] batch;
            lock (_gate)
            {
                if (_waiting.Count == 0) { _running = false; return; }
                batch = new Entry[Math.Min(maxBatch, _waiting.Count)];
                for (var i = 0; i < batch.Length; i++) batch[i] = _waiting.Dequeue();
            }
            await Run(batch, deadlocks: 0).ConfigureAwait(false);
        }
    }

    int Waiting { get { lock (_gate) return _waiting.Count; } }

    async Task Run(Entry[] batch, int deadlocks)
    {
        try
        {
            var results = await run(Array.ConvertAll(batch, e => e.Item)).ConfigureAwait(false);
            for (var i = 0; i < batch.Length; i++) batch[i].TrySetResult(results[i]);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DeadlockDetected && deadlocks < MaxDeadlockRetries)
        {
            await Run(batch, deadlocks + 1).ConfigureAwait(false);
        }
        // The server refused the data of somebody in the batch: one bad item must not fail its neighbours.
        catch (PostgresException e) when (batch.Length > 1 && !e.IsTransient)
        {
            foreach (var entry in batch) await Run([entry], deadlocks: 0).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            foreach (var entry in batch) entry.TrySetException(e);
        }
    }
}
