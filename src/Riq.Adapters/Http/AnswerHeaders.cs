namespace Riq.Adapters.Http;

/// <summary>The headers of an answer that say something about an error or a limit, as they were sent.</summary>
sealed record AnswerHeaders
{
    public string? RetryAfter { get; init; }
    public string? Date { get; init; }
    /// <summary><c>X-RateLimit-Reset</c>: ISO 8601.</summary>
    public string? RateLimitReset { get; init; }
    /// <summary><c>RateLimit-Reason</c>: which of Atlassian's limits was hit.</summary>
    public string? RateLimitReason { get; init; }
    public string? RateLimitLimit { get; init; }
    public string? RateLimitRemaining { get; init; }
    public string? RateLimitNearLimit { get; init; }
    /// <summary>Data Center: <c>X-RateLimit-FillRate</c> calls are added each <see cref="RateLimitInterval"/> seconds.</summary>
    public string? RateLimitFillRate { get; init; }
    public string? RateLimitInterval { get; init; }
    /// <summary>The structured header: <c>"name";r=;t=</c>.</summary>
    public string? RateLimit { get; init; }
    public string? Location { get; init; }

    public static AnswerHeaders Of(HttpResponseMessage response) => new()
    {
        RetryAfter = First(response, "Retry-After"),
        Date = First(response, "Date"),
        RateLimitReset = First(response, "X-RateLimit-Reset"),
        RateLimitReason = First(response, "RateLimit-Reason"),
        RateLimitLimit = First(response, "X-RateLimit-Limit"),
        RateLimitRemaining = First(response, "X-RateLimit-Remaining"),
        RateLimitNearLimit = First(response, "X-RateLimit-NearLimit"),
        RateLimitFillRate = First(response, "X-RateLimit-FillRate"),
        RateLimitInterval = First(response, "X-RateLimit-Interval-Seconds"),
        RateLimit = First(response, "RateLimit"),
        Location = First(response, "Location"),
    };

    // Unparsed on purpose: HttpClient drops what it can't parse, and a date must be taken relative to the answer's own.
    static string? First(HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}
