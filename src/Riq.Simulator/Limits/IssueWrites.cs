using Riq.Simulator.Settings;

namespace Riq.Simulator.Limits;

/// <summary>The times of an issue's latest writes, for the limits of 20 in 2 s and 100 in 30 s. Belongs to one issue.</summary>
sealed class IssueWrites
{
    static readonly TimeSpan Short = TimeSpan.FromSeconds(2), Long = TimeSpan.FromSeconds(30);

    readonly Lock _lock = new();
    readonly Queue<DateTimeOffset> _times = new();

    /// <summary>Counts a write and returns null, or how long the issue must be left alone.</summary>
    public TimeSpan? Take(DateTimeOffset now, LimitSettings limits)
    {
        lock (_lock)
        {
            while (_times.TryPeek(out var oldest) && oldest <= now - Long) _times.Dequeue();
            var wait = Wait(now, Long, limits.IssueWritesIn30Seconds) ?? Wait(now, Short, limits.IssueWritesIn2Seconds);
            if (wait is null) _times.Enqueue(now);
            return wait;
        }
    }

    TimeSpan? Wait(DateTimeOffset now, TimeSpan window, int allowed)
    {
        var within = _times.Count(t => t > now - window);
        if (within < allowed) return null;
        return _times.Skip(_times.Count - allowed).First() + window - now;
    }
}
