using System.Text.Json;

namespace Riq.Contracts;

/// <summary>
/// Names what an answer depends on, or what a write may have changed, e.g. <c>jira:issue:MD-1</c>, <c>jira:search</c>.
/// Pure and cheap; a name is one line. Better one name too many than one too few.
/// </summary>
/// <param name="payload">The operation's payload.</param>
/// <param name="result">What the operation gave; null when it gave nothing or that is not known.</param>
public delegate IEnumerable<string> CacheTags(JsonElement payload, JsonElement? result);

/// <summary>How the answer of a read is kept for equal reads. RIQ keeps it only as long as none of its tags was changed by a write.</summary>
/// <param name="Ttl">How long, unless the settings say otherwise.</param>
/// <param name="Tags">What the answer depends on.</param>
public sealed record CachedRead(TimeSpan Ttl, CacheTags Tags)
{
    /// <summary>
    /// How long after a write an answer may still lack it, because the service answers from an index that lags. Answers read
    /// within this time are not kept.
    /// </summary>
    public TimeSpan Settles { get; init; }
}
