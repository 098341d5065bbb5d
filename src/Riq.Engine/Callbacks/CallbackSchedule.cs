namespace Riq.Engine.Callbacks;

/// <summary>When a callback is tried again. Pure.</summary>
/// <param name="BaseDelay">The wait after the first failure; each further one is four times as long.</param>
readonly record struct CallbackSchedule(TimeSpan BaseDelay)
{
    public static readonly TimeSpan LongestDelay = TimeSpan.FromHours(4);

    /// <summary>
    /// The wait after this many failures, of which <paramref name="left"/> is left until it is given up; null when it is. The last try is made
    /// at the very end. <paramref name="jitter"/>: 0 to 1, adds up to a tenth. <paramref name="retryAfter"/>: what the receiver asked for.
    /// </summary>
    public TimeSpan? After(int failures, double jitter, TimeSpan? retryAfter, TimeSpan left)
    {
        if (left <= TimeSpan.Zero) return null;
        var wait = Math.Min(BaseDelay.TotalSeconds * Math.Pow(4, Math.Max(0, failures - 1)), Math.Max(LongestDelay.TotalSeconds, BaseDelay.TotalSeconds)) * (1 + 0.1 * jitter);
        var asked = Math.Max(wait, retryAfter?.TotalSeconds ?? 0);
        return TimeSpan.FromSeconds(Math.Min(asked, left.TotalSeconds));
    }
}
