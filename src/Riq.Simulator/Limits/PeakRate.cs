namespace Riq.Simulator.Limits;

/// <summary>The most calls that one endpoint got in any whole second of the site's clock. Lock-free: it sits in every call's way.</summary>
sealed class PeakRate
{
    long _secondAndCount;   // upper 40 bits: the second; lower 24: its calls
    long _total;
    int _peak;

    public int Peak => Volatile.Read(ref _peak);
    public long Total => Volatile.Read(ref _total);

    public void Count(DateTimeOffset at)
    {
        Interlocked.Increment(ref _total);
        var second = at.ToUnixTimeSeconds();
        long seen, next;
        do
        {
            seen = Volatile.Read(ref _secondAndCount);
            next = seen >> 24 == second ? seen + 1 : (second << 24) | 1;
        } while (Interlocked.CompareExchange(ref _secondAndCount, next, seen) != seen);
        Raise((int)(next & 0xFFFFFF));
    }

    public void Reset()
    {
        Volatile.Write(ref _secondAndCount, 0);
        Volatile.Write(ref _total, 0);
        Volatile.Write(ref _peak, 0);
    }

    void Raise(int count)
    {
        for (var peak = Volatile.Read(ref _peak); count > peak; peak = Volatile.Read(ref _peak))
            if (Interlocked.CompareExchange(ref _peak, count, peak) == peak) return;
    }
}
