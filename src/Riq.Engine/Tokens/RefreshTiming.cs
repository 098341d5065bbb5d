namespace Riq.Engine.Tokens;

/// <summary>When an access token is replaced. Pure: the caller brings the randomness.</summary>
static class RefreshTiming
{
    /// <summary>Shorter lives than this are taken for a mistake of the token endpoint, longer ones too.</summary>
    public static readonly TimeSpan ShortestLife = TimeSpan.FromSeconds(1), LongestLife = TimeSpan.FromDays(30);

    /// <summary>An access token with less life than this is not handed out: the call has to arrive with it.</summary>
    public static readonly TimeSpan Arrival = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long after its issue: <paramref name="before"/> ± 10 % before the end, but not before half of the life, so that a short-lived token is not replaced all the time.
    /// </summary>
    /// <param name="life">The life of the token.</param>
    /// <param name="before">The setting.</param>
    /// <param name="jitter">In [0, 1).</param>
    public static TimeSpan RefreshIn(TimeSpan life, TimeSpan before, double jitter)
    {
        var margin = before * (0.9 + 0.2 * jitter);
        return life - (margin < life / 2 ? margin : life / 2);
    }

    /// <summary>The life that the endpoint's <c>expires_in</c> means.</summary>
    public static TimeSpan Life(double expiresInSeconds) =>
        TimeSpan.FromSeconds(Math.Clamp(expiresInSeconds, ShortestLife.TotalSeconds, LongestLife.TotalSeconds));
}
