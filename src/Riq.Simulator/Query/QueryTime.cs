using System.Globalization;

namespace Riq.Simulator.Query;

/// <summary>Times as queries write them: <c>"2026-01-31"</c>, with a time of day, <c>-2h</c> from now, or <c>now()</c> and <c>startOfDay()</c>.</summary>
static class QueryTime
{
    static readonly string[] Formats = ["yyyy-MM-dd", "yyyy/MM/dd", "yyyy-MM-dd HH:mm", "yyyy/MM/dd HH:mm"];

    public static DateTimeOffset Parse(Operand value, DateTimeOffset now)
    {
        if (value.IsFunction) return Function(value.Text, now);
        if (DateTimeOffset.TryParseExact(value.Text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at)) return at;
        return Relative(value.Text) is { } offset ? now + offset
            : throw new QueryException($"Date value '{value.Text}' is invalid. Valid formats are 'yyyy-MM-dd', 'yyyy-MM-dd HH:mm' or a period such as '-5d' or '-4h'.");
    }

    static DateTimeOffset Function(string call, DateTimeOffset now)
    {
        var open = call.IndexOf('(');
        var name = open < 0 ? call : call[..open];
        var offset = open < 0 ? TimeSpan.Zero : Relative(call[(open + 1)..^1]) ?? throw new QueryException($"The argument of {name} is not a period.");
        return name.ToLowerInvariant() switch
        {
            "now" => now + offset,
            "startofday" => new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero) + offset,
            "endofday" => new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero).AddDays(1) + offset,
            _ => throw new QueryException($"Unable to find the function '{name}'."),
        };
    }

    static TimeSpan? Relative(string text)
    {
        if (text.Length < 2 || !double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return null;
        return text[^1] switch
        {
            'm' => TimeSpan.FromMinutes(number), 'h' => TimeSpan.FromHours(number), 'd' => TimeSpan.FromDays(number), 'w' => TimeSpan.FromDays(7 * number), _ => null,
        };
    }
}
