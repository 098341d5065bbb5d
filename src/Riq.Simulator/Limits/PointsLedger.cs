namespace Riq.Simulator.Limits;

/// <summary>Points that the calls of one product cost, hour by hour.</summary>
sealed class PointsLedger
{
    const int HoursKept = 48;

    readonly Lock _lock = new();
    readonly Queue<Hour> _past = new();
    Hour _current = new(default, 0);

    public readonly record struct Hour(DateTimeOffset From, long Points)
    {
        public DateTimeOffset Until => From.AddHours(1);
    }

    /// <summary>The hour that runs, with what it has cost so far.</summary>
    public Hour At(DateTimeOffset now)
    {
        lock (_lock) { Turn(now); return _current; }
    }

    public void Spend(DateTimeOffset now, int points)
    {
        lock (_lock) { Turn(now); _current = _current with { Points = _current.Points + points }; }
    }

    public IReadOnlyList<Hour> Hours()
    {
        lock (_lock) return _current.From == default ? [.. _past] : [.. _past, _current];
    }

    public void Reset()
    {
        lock (_lock) { _past.Clear(); _current = default; }
    }

    void Turn(DateTimeOffset now)
    {
        if (_current.From != default && now < _current.Until) return;
        if (_current.From != default) _past.Enqueue(_current);
        if (_past.Count > HoursKept) _past.Dequeue();
        _current = new(new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, now.Offset), 0);
    }
}
