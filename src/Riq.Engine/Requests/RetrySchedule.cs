namespace Riq.Engine.Requests;

/// <summary>When a failed attempt is repeated. Pure: the caller brings the randomness.</summary>
public sealed record RetrySchedule(TimeSpan BaseDelay, TimeSpan MaxDelay)
{
    public static RetrySchedule Default { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));

    /// <summary>The longest wait that a service's <c>Retry-After</c> can ask for; more is taken for a mistake of the service.</summary>
    public static TimeSpan LongestRetryAfter { get; } = TimeSpan.FromHours(24);

    /// <summary>
    /// min(base · 2^<paramref name="retryCount"/>, max) plus jitter in [0, delay/2]; a longer <paramref name="retryAfter"/> wins.
    /// </summary>
    /// <param name="retryCount">Failures so far, this one included: 1 gives 2 · base.</param>
    /// <param name="jitter">In [0, 1).</param>
    /// <param name="retryAfter">What the service asked for.</param>
    public TimeSpan Delay(int retryCount, double jitter, TimeSpan? retryAfter = null)
    {
        var doublings = Math.Clamp(retryCount, 0, 40);
        var delay = Math.Min(BaseDelay.TotalSeconds * Math.Pow(2, doublings), MaxDelay.TotalSeconds);
        var wait = TimeSpan.FromSeconds(delay + delay / 2 * jitter);
        return retryAfter is { } asked ? Max(wait, Min(asked, LongestRetryAfter)) : wait;
    }

    static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
    static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
