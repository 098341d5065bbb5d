namespace Riq.Client.Http;

/// <summary>Whether and when a call of RIQ is repeated. Pure.</summary>
static class RepeatRule
{
    static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(3);

    /// <summary>How long to wait before the next try; null when a repetition changes nothing.</summary>
    /// <param name="status">The answer's status; null when there was none.</param>
    /// <param name="retryAfter">What the answer asked for.</param>
    /// <param name="tries">Tries so far, at least 1.</param>
    /// <param name="chance">From 0 to 1: spreads clients that failed at the same moment.</param>
    public static TimeSpan? DelayAfter(int? status, TimeSpan? retryAfter, int tries, double chance)
    {
        if (status is not (null or 408 or 425 or 429 or >= 500)) return null;
        var doubled = FirstDelay * Math.Pow(2, Math.Min(tries - 1, 10));
        var delay = (doubled < LongestDelay ? doubled : LongestDelay) * (0.5 + 0.5 * chance);
        return retryAfter > delay ? retryAfter : delay;
    }
}
