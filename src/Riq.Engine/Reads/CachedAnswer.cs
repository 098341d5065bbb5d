namespace Riq.Engine.Reads;

/// <summary>What a read was answered with at once.</summary>
/// <param name="Result">JSON.</param>
/// <param name="ReadAt">When the service was asked.</param>
/// <param name="Ttl">How long after that the answer is kept.</param>
sealed record CachedAnswer(string Result, DateTime ReadAt, TimeSpan Ttl)
{
    /// <summary>Whether that time is over, and the service could not be asked.</summary>
    public bool Stale { get; init; }
}
