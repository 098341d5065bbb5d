namespace Riq.Simulator.Limits;

/// <summary>A bucket that fills evenly. Size and rate come with each take, because settings may change while it is in use.</summary>
sealed class TokenBucket
{
    readonly Lock _lock = new();
    double _tokens = double.NaN;   // not yet used: full
    DateTimeOffset _filledAt;
    DateTimeOffset _shutUntil;

    /// <summary>What a take found: whether it may pass, what is left, and how long until one more may pass.</summary>
    public readonly record struct Taken(bool Passed, int Left, TimeSpan Wait);

    public Taken Take(DateTimeOffset now, int size, double perSecond)
    {
        lock (_lock)
        {
            if (now < _shutUntil) return new(false, 0, _shutUntil - now);
            if (double.IsNaN(_tokens)) (_tokens, _filledAt) = (size, now);
            _tokens = Math.Min(size, _tokens + Math.Max(0, (now - _filledAt).TotalSeconds) * perSecond);
            _filledAt = now;
            if (_tokens < 1) return new(false, 0, TimeSpan.FromSeconds((1 - _tokens) / perSecond));
            _tokens--;
            return new(true, (int)_tokens, TimeSpan.Zero);
        }
    }

    /// <summary>Lets nothing pass until then: the fault <c>burst</c>.</summary>
    public void Shut(DateTimeOffset until)
    {
        lock (_lock) (_shutUntil, _tokens, _filledAt) = (until, 0, until);
    }

    public void Reset()
    {
        lock (_lock) (_tokens, _shutUntil) = (double.NaN, default);
    }
}
