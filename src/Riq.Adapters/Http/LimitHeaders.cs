using System.Globalization;
using Riq.Contracts;

namespace Riq.Adapters.Http;

/// <summary>
/// What the headers of an answer say about limits: <c>Retry-After</c>, <c>RateLimit-Reason</c>, <c>X-RateLimit-*</c> (Data
/// Center's too), and the structured <c>RateLimit</c>. Those with the prefix <c>Beta-</c> are announcements and bind nobody. Pure.
/// </summary>
static class LimitHeaders
{
    /// <summary>Null when the answer says nothing that matters. <paramref name="now"/> is used for dates only when the answer has no date of its own.</summary>
    public static LimitSignal? Read(int status, AnswerHeaders headers, DateTimeOffset now)
    {
        var refused = status == 429;
        if (!refused && headers is { RateLimitRemaining: null, RateLimitNearLimit: null, RateLimit: null }) return null;

        var item = StructuredLimit.Read(headers.RateLimit);
        var reason = headers.RateLimitReason is { Length: > 0 and <= 100 } given ? given : item?.Name;
        var reset = RetryAfter.Until(headers.RateLimitReset, headers, now) ?? item?.ResetIn;
        var signal = new LimitSignal(refused, ScopeOf(reason, refused, reset is not null))
        {
            Wait = refused ? RetryAfter.Read(status, headers, now) ?? (reset is { } at ? RetryAfter.Clamp(at.TotalSeconds) : null) : null,
            Limit = Number(headers.RateLimitLimit),
            Remaining = Number(headers.RateLimitRemaining) ?? item?.Remaining,
            ResetIn = reset,
            FillPerSecond = FillRate(headers),
            NearLimit = "true".Equals(headers.RateLimitNearLimit, StringComparison.OrdinalIgnoreCase),
            Reason = reason,
        };
        return refused || signal.SaysLittleIsLeft ? signal : null;
    }

    // A 429 without a name is a gateway's, or of a kind that is not known yet: about the whole service, to be on the safe side.
    // Headers of a success that name no limit and no reset are Jira's bursts, which are counted per endpoint and second.
    static LimitScope ScopeOf(string? reason, bool refused, bool hasReset) => reason switch
    {
        "jira-burst-based" => LimitScope.Endpoint,
        "jira-per-issue-on-write" => LimitScope.Entity,
        null when !refused && !hasReset => LimitScope.Endpoint,
        _ => LimitScope.Service,
    };

    static double? FillRate(AnswerHeaders headers) =>
        Number(headers.RateLimitFillRate) is > 0 and var fill && Number(headers.RateLimitInterval) is > 0 and var seconds ? (double)fill / seconds : null;

    static int? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>The first item of a structured header: <c>"name";r=12;t=30</c>. What can't be read is absent.</summary>
readonly record struct StructuredLimit(string? Name, int? Remaining, TimeSpan? ResetIn)
{
    public static StructuredLimit? Read(string? header)
    {
        if (string.IsNullOrWhiteSpace(header) || header.Length > 1_000) return null;
        var parts = header.Split(',')[0].Split(';', StringSplitOptions.TrimEntries);
        int? Parameter(string name) => parts.Skip(1).Where(p => p.StartsWith(name + "=", StringComparison.Ordinal))
            .Select(p => int.TryParse(p.AsSpan(name.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : (int?)null).FirstOrDefault();
        var name = parts[0].Trim('"');
        return new(name.Length is > 0 and <= 100 ? name : null, Parameter("r"), Parameter("t") is { } t ? TimeSpan.FromSeconds(t) : null);
    }
}
