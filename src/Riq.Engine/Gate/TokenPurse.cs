namespace Riq.Engine.Gate;

/// <summary>
/// The tokens that this process has leased and not yet used. They are void when their time is over; those that were not used
/// go back into the shared bucket. Not safe for several threads: the gate holds its lock.
/// </summary>
sealed class TokenPurse(TimeProvider time)
{
    long? _leasedAt;
    TimeSpan _validFor;
    int _tokens, _unused;

    /// <summary>Whether tokens are needed at all.</summary>
    public bool Metered { get; set; }

    public int Tokens { get { Expire(); return _tokens; } }

    /// <summary>Tokens to be given back to the bucket.</summary>
    public int Unused { get { Expire(); return _unused; } }

    public bool TryTake()
    {
        if (!Metered) return true;
        Expire();
        if (_tokens == 0) return false;
        _tokens--;
        return true;
    }

    /// <summary>Takes leased tokens in, valid from <paramref name="askedAt"/>.</summary>
    public void Put(int tokens, long askedAt, TimeSpan validFor)
    {
        Void();
        (_tokens, _leasedAt, _validFor) = (tokens, askedAt, validFor);
    }

    /// <summary>A token that was taken and not used.</summary>
    public void Return()
    {
        if (!Metered) return;
        Expire();
        if (_leasedAt is not null) _tokens++; else _unused++;
    }

    /// <summary>Nothing here may be used any more.</summary>
    public void Void()
    {
        _unused += _tokens;
        (_tokens, _leasedAt) = (0, null);
    }

    /// <summary>Hands over what is to be given back.</summary>
    public int TakeUnused()
    {
        Expire();
        var unused = _unused;
        _unused = 0;
        return unused;
    }

    void Expire()
    {
        if (_leasedAt is { } at && time.GetElapsedTime(at) >= _validFor) Void();
    }
}
