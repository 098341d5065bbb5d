namespace Riq.Simulator.Latency;

/// <summary>
/// A state that searches see later than readers do. Keeps the written states until the index has caught up with them.
/// Not thread-safe: its owner locks.
/// </summary>
sealed class Indexed<T> where T : class
{
    volatile T _current = null!;
    T? _visible;
    Queue<(DateTimeOffset At, T State)>? _pending;

    public Indexed(T state, DateTimeOffset now, DateTimeOffset visibleAt) => Set(state, now, visibleAt);

    /// <summary>What a reader sees. May be read without the owner's lock, so that no two locks are ever held together.</summary>
    public T Current => _current;

    /// <summary>Indexed states come in the order of their writing, so none shows before an older one.</summary>
    public DateTimeOffset IndexedAt { get; private set; }

    public void Set(T state, DateTimeOffset now, DateTimeOffset visibleAt)
    {
        _current = state;
        if (visibleAt < IndexedAt) visibleAt = IndexedAt;
        IndexedAt = visibleAt;
        Visible(now);
        if (_pending is null && visibleAt <= now) _visible = state;
        else (_pending ??= new()).Enqueue((visibleAt, state));
    }

    /// <summary>What a search sees; null when it does not know of it yet.</summary>
    public T? Visible(DateTimeOffset now)
    {
        while (_pending is not null && _pending.TryPeek(out var next) && next.At <= now)
        {
            _visible = next.State;
            _pending.Dequeue();
            if (_pending.Count == 0) _pending = null;
        }
        return _visible;
    }
}
