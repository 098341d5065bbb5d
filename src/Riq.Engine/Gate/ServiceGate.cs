using Riq.Engine.Requests;

namespace Riq.Engine.Gate;

/// <summary>Who may enter. Held: they wait. Blocked: they are sent away for a while. Closed: they are sent away for good.</summary>
enum GateState { Open, Held, Blocked, Closed }

/// <summary>
/// The one place that a service's work in this process must pass: slots, and tokens of the shared rate limit, handed to the
/// most urgent waiter; within a priority clients take turns. Among waiters that have waited longer than <paramref name="aging"/>
/// the longest goes first, whatever its priority, so that nothing starves.
/// </summary>
sealed class ServiceGate(int slots, TimeSpan aging, TimeProvider time)
{
    readonly Lock _lock = new();
    readonly WaitingLine[] _waiting = [new(), new(), new()];
    readonly Queue<Waiter> _calls = new();   // inside, each waiting for one further token
    readonly TokenPurse _purse = new(time);
    int _slots = slots, _inUse;
    GateState _state;

    /// <summary>Called when <see cref="Wanted"/> may have become more than nothing.</summary>
    public Action? TokensWanted { get; set; }

    public int Slots { get { lock (_lock) return _slots; } }

    public int InUse { get { lock (_lock) return _inUse; } }

    public int Waiting { get { lock (_lock) return WaitingCount; } }

    /// <summary>Those of one priority.</summary>
    public int WaitingWith(string priority) { lock (_lock) return _waiting[Priorities.Rank(priority)].Count; }

    /// <summary>How many of each client wait with one priority.</summary>
    public IReadOnlyDictionary<string, int> ClientsWith(string priority) { lock (_lock) return _waiting[Priorities.Rank(priority)].ByClient(); }

    public GateState State { get { lock (_lock) return _state; } }

    /// <summary>Tokens that could be used at once if they were here, and those that are to be given back.</summary>
    public (int Missing, int Unused) Wanted { get { lock (_lock) return (Missing, _purse.Unused); } }

    /// <summary>Waits for a slot and a token. False when the gate was closed or blocked meanwhile: there is nothing to give back then.</summary>
    public ValueTask<bool> Enter(string priority, string client = "")
    {
        Waiter waiter;
        bool wanted;
        lock (_lock)
        {
            if (_state is GateState.Blocked or GateState.Closed) return new(false);
            if (TryEnterNow()) return new(true);
            waiter = new(time.GetTimestamp(), client);
            _waiting[Priorities.Rank(priority)].Add(waiter);
            wanted = Missing > 0;
        }
        if (wanted) TokensWanted?.Invoke();
        return new(waiter.Task);
    }

    /// <summary>Enters if that is possible without waiting and without overtaking anybody.</summary>
    public bool TryEnter() { lock (_lock) return TryEnterNow(); }

    /// <summary>For who is inside: waits for the token of one more call. False when no call may begin at the moment.</summary>
    public ValueTask<bool> TakeToken(CancellationToken cancellation)
    {
        Waiter waiter;
        lock (_lock)
        {
            if (!MayCall) return new(false);
            if (_purse.TryTake()) return new(true);
            _calls.Enqueue(waiter = new(time.GetTimestamp(), ""));
        }
        TokensWanted?.Invoke();
        return new(Taken(waiter, cancellation));
    }

    /// <summary>Gives a slot back, and the token when it was not used.</summary>
    public void Leave(bool tokenUsed = true) => Change(() =>
    {
        _inUse--;
        if (!tokenUsed) _purse.Return();
    });

    /// <summary>Whether tokens are needed from now on.</summary>
    public void Meter(bool metered) => Change(() => _purse.Metered = metered);

    /// <summary>Takes tokens in that were leased at <paramref name="askedAt"/>.</summary>
    public void Put(int tokens, long askedAt, TimeSpan validFor) => Change(() => _purse.Put(tokens, askedAt, validFor));

    public int TakeUnused() { lock (_lock) return _purse.TakeUnused(); }

    /// <summary>Changes the number of slots. With fewer, work inside goes on until enough has left.</summary>
    public void Resize(int count) => Change(() => _slots = count);

    /// <summary>Lets nobody in any more; everybody who waits is sent away. Work inside goes on.</summary>
    public void Close() => Turn(GateState.Closed);

    /// <summary>Changes who may enter from now on, and among those who wait. Nothing opens a closed gate. Work inside goes on.</summary>
    public void Turn(GateState state)
    {
        List<Waiter> sentAway = [];
        Change(() =>
        {
            if (_state == state || _state == GateState.Closed) return;
            _state = state;
            if (state != GateState.Open) _purse.Void();
            if (!MayCall) { sentAway.AddRange(_calls); _calls.Clear(); }
            if (state is GateState.Blocked or GateState.Closed)
                foreach (var line in _waiting) sentAway.AddRange(line.TakeAll());
        });
        foreach (var waiter in sentAway) waiter.TrySetResult(false);
    }

    // A shutdown lets what runs finish.
    bool MayCall => _state is GateState.Open or GateState.Closed;

    int WaitingCount => _waiting[0].Count + _waiting[1].Count + _waiting[2].Count;

    int Missing => !_purse.Metered ? 0
        : Math.Max(0, _calls.Count + (_state == GateState.Open ? Math.Min(Math.Max(0, _slots - _inUse), WaitingCount) : 0) - _purse.Tokens);

    bool TryEnterNow()
    {
        if (_state != GateState.Open || _inUse >= _slots || WaitingCount > 0 || _calls.Count > 0 || !_purse.TryTake()) return false;
        _inUse++;
        return true;
    }

    void Change(Action change)
    {
        List<Waiter>? called = null;
        bool wanted;
        lock (_lock)
        {
            change();
            while (Next() is { } next) (called ??= []).Add(next);
            wanted = Missing > 0 || _purse.Unused > 0;
        }
        // Outside of the lock. A token whose taker has given up is free again.
        foreach (var waiter in called ?? []) if (!waiter.TrySetResult(true)) Change(_purse.Return);
        if (wanted) TokensWanted?.Invoke();
    }

    // Who is inside goes first: it holds a slot, and its operation's time runs.
    Waiter? Next()
    {
        if (_calls.Count > 0) return MayCall && _purse.TryTake() ? _calls.Dequeue() : null;
        if (_state != GateState.Open || _inUse >= _slots || WaitingCount == 0 || !_purse.TryTake()) return null;
        _inUse++;
        return MostUrgent();
    }

    Waiter? MostUrgent()
    {
        WaitingLine? longest = null;
        foreach (var line in _waiting)
            if (line.Oldest is { } first && time.GetElapsedTime(first.Since) > aging && (longest is null || first.Since < longest.Oldest!.Since)) longest = line;
        if (longest is not null) return longest.TakeOldest();
        foreach (var line in _waiting)
            if (line.TryTakeNext(out var first)) return first;
        return null;
    }

    static async Task<bool> Taken(Waiter waiter, CancellationToken cancellation)
    {
        // Whoever settles first: a token for one who has just given up goes on to the next.
        await using var end = cancellation.Register(() => waiter.TrySetCanceled(cancellation));
        return await waiter.Task;
    }
}
