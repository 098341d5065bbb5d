using Riq.Engine.Requests;

namespace Riq.Engine.Gate;

/// <summary>
/// The one place that a service's work in this process must pass: a fixed number of slots, handed to the most urgent
/// waiter. Among waiters that have waited longer than <paramref name="aging"/> the longest goes first, whatever its
/// priority, so that nothing starves.
/// </summary>
sealed class ServiceGate(int slots, TimeSpan aging, TimeProvider time)
{
    readonly Lock _lock = new();
    readonly Queue<Waiter>[] _waiting = [new(), new(), new()];
    int _inUse;
    bool _closed;

    sealed class Waiter(long since) : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public readonly long Since = since;
    }

    public int Slots => slots;

    public int InUse { get { lock (_lock) return _inUse; } }

    public int Waiting { get { lock (_lock) return _waiting.Sum(q => q.Count); } }

    /// <summary>Waits for a slot. False when the gate closed meanwhile: there is no slot to give back then.</summary>
    public ValueTask<bool> Enter(string priority)
    {
        lock (_lock)
        {
            if (_closed) return new(false);
            if (_inUse < slots)
            {
                _inUse++;
                return new(true);
            }
            var waiter = new Waiter(time.GetTimestamp());
            _waiting[Priorities.Rank(priority)].Enqueue(waiter);
            return new(waiter.Task);
        }
    }

    /// <summary>Gives a slot back.</summary>
    public void Leave()
    {
        Waiter? next;
        lock (_lock)
        {
            next = Next();
            if (next is null) _inUse--;
        }
        next?.SetResult(true);
    }

    /// <summary>Lets nobody in any more; everybody who waits is sent away. Work inside goes on.</summary>
    public void Close()
    {
        List<Waiter> sentAway = [];
        lock (_lock)
        {
            _closed = true;
            foreach (var queue in _waiting) { sentAway.AddRange(queue); queue.Clear(); }
        }
        foreach (var waiter in sentAway) waiter.SetResult(false);
    }

    Waiter? Next()
    {
        Queue<Waiter>? longest = null;
        foreach (var queue in _waiting)
            if (queue.TryPeek(out var first) && time.GetElapsedTime(first.Since) > aging && (longest is null || first.Since < longest.Peek().Since)) longest = queue;
        if (longest is not null) return longest.Dequeue();
        foreach (var queue in _waiting)
            if (queue.TryDequeue(out var first)) return first;
        return null;
    }
}

/// <summary>The gates of all services in this process.</summary>
sealed class Gates(RiqOptions options, TimeProvider time)
{
    readonly Dictionary<string, ServiceGate> _gates = [];
    bool _closed;

    public ServiceGate Of(string service)
    {
        lock (_gates)
        {
            if (_gates.TryGetValue(service, out var gate)) return gate;
            var of = options.Of(service);
            gate = _gates[service] = new(of.ConcurrencyOf(service), of.Aging, time);
            if (_closed) gate.Close();
            return gate;
        }
    }

    public void CloseAll()
    {
        lock (_gates)
        {
            _closed = true;
            foreach (var gate in _gates.Values) gate.Close();
        }
    }
}
