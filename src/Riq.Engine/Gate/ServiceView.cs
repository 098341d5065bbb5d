using System.Collections.Concurrent;
using Riq.Contracts;
using Riq.Engine.Requests;

namespace Riq.Engine.Gate;

/// <summary>Calls of one generation that this worker has made and not yet told.</summary>
readonly record struct CallCounts(long Generation, int Calls, int Failures);

/// <summary>What this worker knows of one service's shared state, and the calls that it adds to it.</summary>
sealed class ServiceView(TimeProvider time)
{
    /// <summary>A state that was read longer ago says nothing: another worker may have opened the circuit.</summary>
    public static readonly TimeSpan TrustedFor = TimeSpan.FromSeconds(4);

    static readonly TimeSpan ShortestDeferral = TimeSpan.FromSeconds(1);
    // Longer closures need no longer delay: by then every worker has stopped its endpoints, and the message lies in RabbitMQ.
    static readonly TimeSpan LongestDeferral = TimeSpan.FromSeconds(60);
    static readonly TimeSpan OpenEndDeferral = TimeSpan.FromSeconds(5);

    const int MostHeld = 1_000;

    // By then what was heard is stored and read again, or nothing is known and nothing called; an operator may have lifted it.
    static readonly TimeSpan LongestOwnHold = TimeSpan.FromSeconds(6);

    readonly Lock _lock = new();
    ServiceState? _state;
    long _learnedAt;
    CallCounts _counts;
    WorkerPlace _worker = WorkerPlace.Alone;
    // What this process heard itself, by name of endpoint or entity ("" is the service): it keeps to that at once, whoever else knows.
    readonly Dictionary<string, long> _held = [];

    public ServiceState? State { get { lock (_lock) return _state; } }

    /// <summary>This worker among those that take calls of the service.</summary>
    public WorkerPlace Worker { get { lock (_lock) return _worker; } set { lock (_lock) _worker = value; } }

    /// <summary>Whether what is known is recent enough to act on.</summary>
    public bool IsTrusted { get { lock (_lock) return _state is not null && time.GetElapsedTime(_learnedAt) < TrustedFor; } }

    public bool MayCall { get { lock (_lock) return IsTrusted && !_state!.IsBlocked && HeldFor <= TimeSpan.Zero; } }

    /// <summary>How long the service is not to be called at all, as it asked itself.</summary>
    public TimeSpan HeldFor { get { lock (_lock) return Longer(LeftOf(_state?.Rate.HeldUntil), LeftOf("")); } }

    /// <summary>Keeps the calls of the scope back from now on.</summary>
    public void Hold(LimitScope scope, OutgoingCall call, TimeSpan wait)
    {
        var name = scope switch { LimitScope.Service => "", LimitScope.Endpoint => call.Endpoint, _ => call.Entity! };
        if (wait > LongestOwnHold) wait = LongestOwnHold;
        lock (_lock)
        {
            if (_held.Count >= MostHeld) foreach (var over in _held.Keys.Where(n => LeftOf(n) <= TimeSpan.Zero).ToArray()) _held.Remove(over);
            if (_held.Count < MostHeld && LeftOf(name) < wait) _held[name] = time.GetTimestamp() + (long)(wait.TotalSeconds * time.TimestampFrequency);
        }
    }

    /// <summary>Why the call may not begin now; null when nothing is known against it.</summary>
    public CallRefusal? RefusalOf(OutgoingCall call)
    {
        lock (_lock)
        {
            if (_state?.IsBlocked == true) return NotNow(call.Service);
            var left = Longer(HeldFor, Longer(LeftOf(call.Endpoint), call.Entity is { } entity ? LeftOf(entity) : default));
            foreach (var hold in _state?.Rate.Holds ?? [])
                if (hold.IsAbout(call)) left = Longer(left, LeftOf(hold.Until));
            return left <= TimeSpan.Zero ? null : new(left, $"{call.Service} has asked for fewer calls; this one was not sent, and waits until that time is over.");
        }
    }

    /// <summary>For a call in the middle of an operation whose service may not be called any more.</summary>
    public CallRefusal NotNow(string service) => new(Deferral().Delay, $"{service} is not called at the moment; the operation goes on when it is.");

    TimeSpan LeftOf(string name) => _held.TryGetValue(name, out var until) ? TimeSpan.FromSeconds((until - time.GetTimestamp()) / (double)time.TimestampFrequency) : default;

    TimeSpan LeftOf(DateTime? until) => until is { } at && _state is { } state ? at - state.Now - time.GetElapsedTime(_learnedAt) : default;

    static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;

    /// <summary>Takes a newer state; <paramref name="askedAt"/>: timestamp before it was asked for. Returns the one before.</summary>
    public ServiceState? Learn(ServiceState state, long askedAt)
    {
        lock (_lock)
        {
            var before = _state;
            // A read that was overtaken by a change of our own; a row that is gone (version 0) is believed.
            if (before is not null && state.Version < before.Version && state.Version > 0) return before;
            (_state, _learnedAt) = (state, askedAt);
            return before;
        }
    }

    /// <summary>The generation that a call begun now belongs to.</summary>
    public long Generation { get { lock (_lock) return _state?.Circuit.Generation ?? 0; } }

    /// <summary>Counts the calls of an attempt that has ended; <paramref name="generation"/>: the one that it was begun in.</summary>
    public void Count(long generation, int calls, int failures)
    {
        if (calls == 0) return;
        lock (_lock)
        {
            if (generation < _counts.Generation) return;
            if (generation > _counts.Generation) _counts = new(generation, 0, 0);
            _counts = _counts with { Calls = _counts.Calls + calls, Failures = _counts.Failures + failures };
        }
    }

    /// <summary>What has been counted since the last time.</summary>
    public CallCounts TakeCounts()
    {
        lock (_lock)
        {
            var counts = _counts;
            _counts = counts with { Calls = 0, Failures = 0 };
            return counts;
        }
    }

    /// <summary>How an attempt goes back that may not be made now: due when the service will probably be called again.</summary>
    public HandedBack Deferral()
    {
        lock (_lock)
        {
            if (_state is not { IsBlocked: true } state)
                return HeldFor is var held && held > TimeSpan.Zero ? new(ServiceBlock.RateLimit, held < ShortestDeferral ? ShortestDeferral : held > LongestDeferral ? LongestDeferral : held)
                    : new("service state unknown", ShortestDeferral);
            var reason = state.Block!.Reason;
            var left = Reopening(state) - state.Now - time.GetElapsedTime(_learnedAt);
            return new(reason, left is not { } delay ? OpenEndDeferral : delay < ShortestDeferral ? ShortestDeferral : delay > LongestDeferral ? LongestDeferral : delay);
        }
    }

    // The later of the ends; null when one of them has none. A new credential may come at any moment.
    static DateTime? Reopening(ServiceState state)
    {
        if (state.Credentials is not null) return null;
        var pause = state.Paused is { } p ? p.Until : state.Now;
        var circuit = state.Circuit.Phase switch { CircuitPhase.Open => state.Circuit.OpenUntil, _ => state.Now };
        return pause is null || circuit is null ? null : pause > circuit ? pause : circuit;
    }
}

/// <summary>The views of all services in this process.</summary>
sealed class ServiceViews(TimeProvider time)
{
    readonly ConcurrentDictionary<string, ServiceView> _views = [];

    public ServiceView Of(string service) => _views.GetOrAdd(service, _ => new(time));
}
