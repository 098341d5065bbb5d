namespace Riq.Engine.Gate;

/// <summary>Calls that ended within a while.</summary>
/// <param name="Calls">How many got an answer of the service, whatever it said.</param>
/// <param name="Drops">How many timed out, found nobody, or got a 5xx.</param>
/// <param name="Latency">Of the answered ones, on average.</param>
/// <param name="MostInUse">Slots that were in use at the same time.</param>
readonly record struct CallWindow(int Calls, int Drops, TimeSpan Latency, int MostInUse);

/// <summary>How many calls at the same time a service bears, as far as this worker has found out.</summary>
/// <param name="Limit">Its present limit.</param>
/// <param name="Usual">The latency of a long while; null: nothing is known yet.</param>
readonly record struct AdaptiveLimit(double Limit, TimeSpan? Usual)
{
    public int Slots => (int)Math.Floor(Limit);
}

/// <summary>
/// Finds the concurrency that a service bears, by its latency: as long as calls take no longer than usual the limit grows by about its
/// square root; when they take longer it shrinks in proportion, because calls queue up at the service; drops shrink it at once. Pure.
/// </summary>
static class AdaptiveRule
{
    /// <summary>Latency may vary by so much without meaning anything.</summary>
    const double Tolerance = 1.3;

    /// <summary>How fast the limit follows: the rest is the limit before.</summary>
    const double Step = 0.3;

    /// <summary>How fast the usual latency follows a slower and a faster window. Slowly up, else calls that queue up become the usual ones.</summary>
    const double Slower = 0.002, Faster = 0.2;

    const double LeastDecrease = 0.9, StrongestDecrease = 0.5;

    public static AdaptiveLimit Next(AdaptiveLimit limit, CallWindow window, double min, double max)
    {
        if (window.Drops > 0) return limit with { Limit = Math.Clamp(limit.Limit * AfterDrops(window), min, max) };
        if (window.Calls == 0) return limit with { Limit = Math.Clamp(limit.Limit, min, max) };
        var usual = Usual(limit.Usual, window.Latency);
        return new(Math.Clamp(Grown(limit.Limit, usual, window), min, max), usual);
    }

    // Few drops are bad luck, many mean that the service is down: by half at the most, and the circuit does the rest.
    static double AfterDrops(CallWindow window) =>
        Math.Clamp(1 - (double)window.Drops / (window.Drops + window.Calls), StrongestDecrease, LeastDecrease);

    static double Grown(double limit, TimeSpan usual, CallWindow window)
    {
        var gradient = Math.Clamp(Tolerance * usual.TotalMilliseconds / Math.Max(0.001, window.Latency.TotalMilliseconds), StrongestDecrease, 1);
        var next = limit * gradient + Math.Sqrt(limit);
        // A limit that nobody has tried says nothing: it grows only while it is used.
        if (next > limit && window.MostInUse < Math.Floor(limit)) return limit;
        return limit + (next - limit) * Step;
    }

    static TimeSpan Usual(TimeSpan? before, TimeSpan latency) =>
        before is { } usual ? usual + (latency - usual) * (latency > usual ? Slower : Faster) : latency;
}
