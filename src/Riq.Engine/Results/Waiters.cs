namespace Riq.Engine.Results;

/// <summary>The clients of this process that wait for requests to end. Nobody holds a thread or makes a query meanwhile.</summary>
sealed class Waiters
{
    /// <summary>Of so many requests that were submitted last it is known here that they have not ended; earlier ones are read like those of other processes.</summary>
    public const int MostExpected = 10_000;

    readonly Lock _lock = new();
    readonly Dictionary<Guid, Signal> _signals = [];
    readonly Dictionary<Guid, string> _expected = [];
    readonly Queue<Guid> _expectedLast = new();

    sealed class Signal() : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public int Holders;
    }

    /// <summary>Requests that somebody waits for.</summary>
    public int Count { get { lock (_lock) return _signals.Count; } }

    /// <summary>The signal of the request's next end. Take it before reading the request, and give it back with <see cref="Release"/>.</summary>
    public Task Hold(Guid id)
    {
        lock (_lock)
        {
            if (!_signals.TryGetValue(id, out var signal)) _signals[id] = signal = new();
            signal.Holders++;
            return signal.Task;
        }
    }

    /// <summary>Must follow every <see cref="Hold"/>, with its task.</summary>
    public void Release(Guid id, Task held)
    {
        lock (_lock)
            if (_signals.TryGetValue(id, out var signal) && signal.Task == held && --signal.Holders == 0) _signals.Remove(id);
    }

    /// <summary>
    /// This process is about to store the request for the client. Until its end is heard of, who waits for it need not read it first.
    /// To be called before it is stored: the end may be here sooner than Postgres's answer.
    /// </summary>
    public void Expect(Guid id, string client)
    {
        lock (_lock)
        {
            if (_expectedLast.Count == MostExpected) _expected.Remove(_expectedLast.Dequeue());
            _expectedLast.Enqueue(id);
            _expected[id] = client;
        }
    }

    /// <summary>It was not stored, or has ended already.</summary>
    public void Forget(Guid id) { lock (_lock) _expected.Remove(id); }

    /// <summary>The client whose request it is, while that is under way; null when nothing is known of it here.</summary>
    public string? ClientOf(Guid id) { lock (_lock) return _expected.GetValueOrDefault(id); }

    public void Wake(Guid id)
    {
        Signal? signal;
        lock (_lock)
        {
            _expected.Remove(id);
            _signals.Remove(id, out signal);
        }
        signal?.TrySetResult();
    }

    /// <summary>Makes everybody look again.</summary>
    public void WakeAll()
    {
        Signal[] all;
        lock (_lock)
        {
            all = [.. _signals.Values];
            _signals.Clear();
            _expected.Clear();
        }
        foreach (var signal in all) signal.TrySetResult();
    }

    /// <summary>One of <paramref name="slices"/> parts of the requests waited for; a request is always in the same one.</summary>
    public Guid[] Slice(int slice, int slices)
    {
        lock (_lock) return [.. _signals.Keys.Where(id => (uint)id.GetHashCode() % slices == slice)];
    }
}
