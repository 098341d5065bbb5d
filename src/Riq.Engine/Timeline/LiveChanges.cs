using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Riq.Engine.Observability;
using Riq.Engine.Storage;

namespace Riq.Engine.Timeline;

/// <summary>
/// Tells the listeners of this process what changes. One reading serves all of them, and there is none while nobody listens. A listener that
/// does not keep up is let go: it comes back with the id that it got last.
/// </summary>
sealed class LiveChanges(ChangeReader reader, TimeProvider time, ILogger<LiveChanges> log) : BackgroundService
{
    const int MostUnread = 2_048;
    const int Page = 1_000;
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan PauseAfterFault = TimeSpan.FromSeconds(1);

    readonly Lock _lock = new();
    readonly HashSet<Listener> _listeners = [];
    readonly SemaphoreSlim _somebody = new(0);

    /// <summary>Somebody who hears of changes from its <see cref="Start"/> on. Dispose it.</summary>
    public sealed class Listener(LiveChanges owner, ChangeFilter filter) : IDisposable
    {
        readonly Channel<Change> _unread = Channel.CreateBounded<Change>(new BoundedChannelOptions(MostUnread) { SingleReader = true, SingleWriter = true });
        readonly TaskCompletionSource<ChangePosition> _start = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Ends when the listener does not keep up.</summary>
        public ChannelReader<Change> Changes => _unread.Reader;

        /// <summary>Every change after this one arrives.</summary>
        public Task<ChangePosition> Start => _start.Task;

        internal void Begin(ChangePosition at) => _start.TrySetResult(at);

        internal void Tell(Change change)
        {
            if (filter.Wants(change) && !_unread.Writer.TryWrite(change)) _unread.Writer.TryComplete();
        }

        public void Dispose() => owner.Leave(this);
    }

    /// <summary>A new listener; null when there are <paramref name="most"/> already.</summary>
    public Listener? Join(ChangeFilter filter, int most)
    {
        var listener = new Listener(this, filter);
        lock (_lock)
        {
            if (_listeners.Count >= most) return null;
            _listeners.Add(listener);
            if (_listeners.Count == 1) _somebody.Release();
            RiqMetrics.Listeners.Set(_listeners.Count);
        }
        return listener;
    }

    void Leave(Listener listener)
    {
        lock (_lock)
        {
            _listeners.Remove(listener);
            RiqMetrics.Listeners.Set(_listeners.Count);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await _somebody.WaitAsync(stop);
                await Follow(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested) { return; }
        }
    }

    // Until nobody listens any more.
    async Task Follow(CancellationToken stop)
    {
        ChangePosition? at = null;
        while (Listeners() is { Length: > 0 } listeners)
        {
            var pause = Pause;
            try
            {
                at ??= await reader.Now(stop);
                foreach (var listener in listeners) listener.Begin(at.Value);
                var (changes, end, more) = await reader.Read(at.Value, Page, stop);
                at = end;
                foreach (var change in changes)
                    foreach (var listener in listeners) listener.Tell(change);
                if (more) pause = TimeSpan.Zero;
            }
            catch (Exception e) when (!stop.IsCancellationRequested)
            {
                if (Database.IsOutage(e)) log.ChangesAway(e.Message); else log.ChangesThrew(e);
                pause = PauseAfterFault;
            }
            await Task.Delay(pause, time, stop);
        }
    }

    Listener[] Listeners() { lock (_lock) return [.. _listeners]; }
}
