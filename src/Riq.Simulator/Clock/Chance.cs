namespace Riq.Simulator.Clock;

/// <summary>The one source of randomness: seeded, so that a run can be repeated, and safe for many callers.</summary>
sealed class Chance(int seed)
{
    readonly Lock _lock = new();
    Random _random = new(seed);

    public void Restart(int newSeed)
    {
        lock (_lock) _random = new Random(newSeed);
    }

    /// <summary>Evenly from 0 (inclusive) to 1 (exclusive).</summary>
    public double Next()
    {
        lock (_lock) return _random.NextDouble();
    }

    /// <summary>Normally distributed with mean 0 and deviation 1 (Box and Muller).</summary>
    public double NextNormal() => Math.Sqrt(-2 * Math.Log(1 - Next())) * Math.Cos(2 * Math.PI * Next());

    /// <summary>So many hexadecimal digits, for opaque tokens.</summary>
    public string NextHex(int digits)
    {
        var bytes = new byte[(digits + 1) / 2];
        lock (_lock) _random.NextBytes(bytes);
        return Convert.ToHexStringLower(bytes)[..digits];
    }
}
