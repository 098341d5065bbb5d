using System.Globalization;
using System.Text.Json.Nodes;
using Riq.Simulator.Exchange;

namespace Riq.Simulator.Limits;

/// <summary>The 429 answers and the headers that tell a caller how much is left.</summary>
static class LimitAnswers
{
    public const string ReasonHeader = "RateLimit-Reason";
    public const string Burst = "jira-burst-based";
    public const string PerIssue = "jira-per-issue-on-write";
    public const string JiraQuota = "jira-quota-tenant-based";
    public const string ConfluenceQuota = "confluence-quota-tenant-based";

    /// <summary>A refusal of a limit of <paramref name="limit"/> per <paramref name="window"/>; <paramref name="reason"/> null is one without the header.</summary>
    public static Answer TooMany(Product product, string? reason, int limit, TimeSpan window, TimeSpan wait, DateTimeOffset now)
    {
        var seconds = Seconds(wait);
        var name = reason ?? "gateway";
        List<KeyValuePair<string, string>> headers =
        [
            new("Retry-After", Text(seconds)),
            new("X-RateLimit-Limit", Text(limit)),
            new("X-RateLimit-Remaining", "0"),
            new("X-RateLimit-Reset", (now + wait).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm'Z'", CultureInfo.InvariantCulture)),
            new("X-RateLimit-NearLimit", "true"),
            new("RateLimit", $"\"{name}\";r=0;t={Text(seconds)}"),
            new("RateLimit-Policy", $"\"{name}\";q={Text(limit)};w={Text(Seconds(window))}"),
        ];
        if (reason is not null) headers.Add(new(ReasonHeader, reason));
        return Body(product) with { Headers = headers };
    }

    /// <summary>What an answer that passed tells about the burst limit of its endpoint.</summary>
    public static KeyValuePair<string, string>[] Left(int limit, int left) => left * 5 < limit
        ? [new("X-RateLimit-Limit", Text(limit)), new("X-RateLimit-Remaining", Text(left)), new("X-RateLimit-NearLimit", "true")]
        : [new("X-RateLimit-Limit", Text(limit)), new("X-RateLimit-Remaining", Text(left))];

    /// <summary>Data Center's refusal: a token bucket per user, told by its fill rate.</summary>
    public static Answer DataCenterTooMany(int size, int fillRate, TimeSpan wait) => (Body(Product.Jira) with { Body = new JsonObject { ["message"] = "Rate limit exceeded." } }).With(
        new("Retry-After", Text(Seconds(wait))), new("X-RateLimit-Limit", Text(size)), new("X-RateLimit-Remaining", "0"),
        new("X-RateLimit-FillRate", Text(fillRate)), new("X-RateLimit-Interval-Seconds", "1"));

    static Answer Body(Product product) => new(429, product == Product.Confluence
        ? new JsonObject { ["statusCode"] = 429, ["message"] = "Rate limit exceeded" }
        : new JsonObject { ["errorMessages"] = new JsonArray("Rate limit exceeded."), ["errors"] = new JsonObject() });

    static int Seconds(TimeSpan time) => (int)Math.Ceiling(time.TotalSeconds);
    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
