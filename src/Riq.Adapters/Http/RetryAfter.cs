using System.Globalization;

namespace Riq.Adapters.Http;

/// <summary>How long a service asks to be left alone.</summary>
static class RetryAfter
{
    /// <summary>A wait of 0 is sent by real gateways and means "soon".</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    /// <summary>Hours happen (hourly quotas); more than a day is a mistake of somebody's clock.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    /// <summary>Null when the headers don't say. <paramref name="now"/> is used for dates only when the answer has no date of its own.</summary>
    public static TimeSpan? Read(int status, AnswerHeaders headers, DateTimeOffset now)
    {
        var answeredAt = ReadDate(headers.Date) ?? now;
        if (ReadSeconds(headers.RetryAfter) is { } seconds) return Clamp(seconds);
        if (ReadDate(headers.RetryAfter) is { } date) return Clamp((date - answeredAt).TotalSeconds);
        // Outside of a 429 the reset is information, not a request to wait.
        if (status == 429 && ReadDate(headers.RateLimitReset) is { } reset) return Clamp((reset - answeredAt).TotalSeconds);
        return null;
    }

    /// <summary>From the answer until the date that a header gives; null when it gives none, zero when it has passed.</summary>
    public static TimeSpan? Until(string? date, AnswerHeaders headers, DateTimeOffset now) =>
        ReadDate(date) is { } at && at - (ReadDate(headers.Date) ?? now) is var left ? left > TimeSpan.Zero ? left : TimeSpan.Zero : null;

    static double? ReadSeconds(string? text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
            CultureInfo.InvariantCulture, out var seconds) ? seconds : null;

    static DateTimeOffset? ReadDate(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date : null;

    public static TimeSpan Clamp(double seconds) =>
        TimeSpan.FromSeconds(Math.Clamp(Math.Ceiling(seconds), Shortest.TotalSeconds, Longest.TotalSeconds));
}
