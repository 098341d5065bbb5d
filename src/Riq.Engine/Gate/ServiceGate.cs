using Riq.Engine.Requests;

namespace Riq.Engine.Gate;

/// <summary>Who may enter. Held: they wait. Blocked: they are sent away for a while. Closed: they are sent away for good.</summary>
enum GateState { Open, Held, Blocked, Closed }

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
    GateState _state;

    sealed class Waiter(long since) : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public readonly long Since = since;
    }

    public int Slots => slots;

    public int InUse { get { lock (_lock) return _inUse; } }

    public int Waiting { get { lock (_lock) return _waiting.Sum(q => q.Count); } }

    public GateState State { get { lock (_lock) return _state; } }

    /// <summary>Waits for a slot. False when the gate was closed or blocked meanwhile: there is no slot to give back then.</summary>
    public ValueTask<bool> Enter(string priority)
    {
        lock (_lock)
        {
            if (_state is GateState.Blocked or GateState.Closed) return new(false);
            if (_state == GateState.Open && _inUse < slots)
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
    public void Close() => Turn(GateState.Closed);

    /// <summary>Changes who may enter from now on, and among those who wait. Nothing opens a closed gate. Work inside goes on.</summary>
    public void Turn(GateState state)
    {
        List<(Waiter Waiter, bool Enters)> called = [];
        lock (_lock)
        {
            if (_state == state || _state == GateState.Closed) return;
            _state = state;
            if (state is GateState.Blocked or GateState.Closed)
                foreach (var queue in _waiting) { called.AddRange(queue.Select(w => (w, false))); queue.Clear(); }
            while (_inUse < slots && Next() is { } next) { called.Add((next, true)); _inUse++; }
        }
        foreach (var (waiter, enters) in called) waiter.SetResult(enters);
    }

    Waiter? Next()
    {
        if (_state != GateState.Open) return null;
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
