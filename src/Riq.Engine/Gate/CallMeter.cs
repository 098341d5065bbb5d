using System.Collections.Concurrent;

namespace Riq.Engine.Gate;

/// <summary>Gathers how long this worker's calls of one service take and how many fail, for <see cref="AdaptiveRule"/>.</summary>
sealed class CallMeter(TimeProvider time)
{
    readonly Lock _lock = new();
    int _calls, _drops, _inUse, _mostInUse;
    TimeSpan _sum;

    /// <summary>The timestamp to end the call with.</summary>
    public long Begin()
    {
        lock (_lock) _mostInUse = Math.Max(_mostInUse, ++_inUse);
        return time.GetTimestamp();
    }

    /// <summary><paramref name="failed"/>: null when the result says nothing about the service.</summary>
    public void End(long begunAt, bool? failed)
    {
        var took = time.GetElapsedTime(begunAt);
        lock (_lock)
        {
            _inUse--;
            if (failed == true) _drops++;
            else if (failed == false) { _calls++; _sum += took; }
        }
    }

    public CallWindow Take()
    {
        lock (_lock)
        {
            var window = new CallWindow(_calls, _drops, _calls == 0 ? default : _sum / _calls, _mostInUse);
            (_calls, _drops, _sum, _mostInUse) = (0, 0, default, _inUse);
            return window;
        }
    }
}

/// <summary>The meters of all services in this process.</summary>
sealed class CallMeters(TimeProvider time)
{
    readonly ConcurrentDictionary<string, CallMeter> _meters = [];

    public CallMeter Of(string service) => _meters.GetOrAdd(service, _ => new(time));
}
