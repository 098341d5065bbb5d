namespace Riq.Simulator.Clock;

/// <summary>
/// The site's clock: runs <c>speed</c> times as fast as the clock below it and can be moved ahead. Timers made with it are
/// shortened by the same factor, so an hour's token or a minute's quota ends in the tests' time.
/// </summary>
sealed class SimulatorClock : TimeProvider
{
    readonly TimeProvider _below;
    readonly Lock _change = new();
    volatile Pace _pace;

    /// <summary>From <see cref="Base"/> on, time runs with <see cref="Speed"/>; replaced as a whole when either changes.</summary>
    sealed record Pace(DateTimeOffset Base, long BelowAt, double Speed);

    public SimulatorClock(TimeProvider below, double speed)
    {
        _below = below;
        _pace = new(below.GetUtcNow(), below.GetTimestamp(), speed);
    }

    public override DateTimeOffset GetUtcNow()
    {
        var pace = _pace;
        return pace.Base + _below.GetElapsedTime(pace.BelowAt) * pace.Speed;
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        _below.CreateTimer(callback, state, ToReal(dueTime), ToReal(period));

    public void SetSpeed(double speed) => Repace(now => new(now, _below.GetTimestamp(), speed));

    /// <summary>Moves the clock ahead at once. Timers that run already keep their real end.</summary>
    public void Advance(TimeSpan by) => Repace(now => new(now + by, _below.GetTimestamp(), _pace.Speed));

    void Repace(Func<DateTimeOffset, Pace> next)
    {
        lock (_change) _pace = next(GetUtcNow());
    }

    TimeSpan ToReal(TimeSpan simulated) => simulated <= TimeSpan.Zero ? simulated : simulated / _pace.Speed;
}
