using System.Globalization;
using System.Text.Json;

namespace Riq.Simulator.Faults;

/// <summary>
/// Reads a rule as it is posted. The action is a name, or an object whose <c>type</c> is the name; its parameters stand in
/// that object or beside it. <c>503</c> is short for <c>5xx</c> with that code. Times are seconds from now, or ISO 8601.
/// </summary>
static class FaultRuleReader
{
    static readonly string[] Known =
        ["id", "route", "method", "marker", "nth", "every", "probability", "from", "until", "times", "action", "type", "reason", "retryAfter", "code", "html", "seconds", "delay"];

    static int _lastId;

    /// <summary>The rule, or what is wrong with it.</summary>
    public static (FaultRule? Rule, string? Problem) Read(JsonElement json, DateTimeOffset now)
    {
        try { return (ReadRule(json, now), null); }
        catch (FormatException wrong) { return (null, wrong.Message); }
    }

    static FaultRule ReadRule(JsonElement json, DateTimeOffset now)
    {
        if (json.ValueKind != JsonValueKind.Object) throw new FormatException("A rule must be a JSON object.");
        if (json.EnumerateObject().FirstOrDefault(m => !Known.Contains(m.Name)) is { Value.ValueKind: not JsonValueKind.Undefined } unknown)
            throw new FormatException($"{unknown.Name} is not part of a rule. Its parts are: {string.Join(", ", Known)}.");
        return new FaultRule(ReadAction(json))
        {
            Id = Text(json, "id") ?? $"fault-{Interlocked.Increment(ref _lastId)}",
            Route = Text(json, "route") ?? "",
            Method = Text(json, "method"),
            Marker = Text(json, "marker"),
            Nth = Whole(json, "nth", 1),
            Every = Whole(json, "every", 1),
            Times = Whole(json, "times", 1),
            Probability = Number(json, "probability", 0, 1),
            From = Time(json, "from", now) ?? DateTimeOffset.MinValue,
            Until = Time(json, "until", now) ?? DateTimeOffset.MaxValue,
        };
    }

    static FaultAction ReadAction(JsonElement rule)
    {
        if (!rule.TryGetProperty("action", out var given)) throw new FormatException($"action is required: one of {FaultNames.All}.");
        var parameters = given.ValueKind == JsonValueKind.Object ? given : rule;
        var name = given.ValueKind == JsonValueKind.Object ? Text(given, "type") ?? "" : given.ToString();

        var code = Whole(parameters, "code", 400);
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status is >= 500 and <= 599) (name, code) = ("5xx", status);
        if (!FaultNames.TryParse(name, out var kind)) throw new FormatException($"action '{name}' is not known: it must be one of {FaultNames.All}.");
        return new FaultAction(kind)
        {
            Reason = Text(parameters, "reason"),
            RetryAfter = Whole(parameters, "retryAfter", 0) ?? (kind == FaultKind.TooManyRequests ? 1 : null),
            Code = code ?? 503,
            Html = parameters.TryGetProperty("html", out var html) && html.ValueKind == JsonValueKind.True,
            Duration = TimeSpan.FromSeconds(Number(parameters, "seconds", 0, 86_400) ?? Number(parameters, "delay", 0, 86_400) ?? 1),
        };
    }

    static string? Text(JsonElement json, string name) => Given(json, name) is { } value
        ? value.ValueKind == JsonValueKind.String ? value.GetString() : throw new FormatException($"{name} must be a text.") : null;

    static int? Whole(JsonElement json, string name, int min) => Given(json, name) is { } value
        ? value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= min ? number : throw new FormatException($"{name} must be a whole number of at least {min}.") : null;

    static double? Number(JsonElement json, string name, double min, double max) => Given(json, name) is { } value
        ? value.ValueKind == JsonValueKind.Number && value.GetDouble() is var number && number >= min && number <= max ? number
            : throw new FormatException(FormattableString.Invariant($"{name} must be a number from {min} to {max}.")) : null;

    static DateTimeOffset? Time(JsonElement json, string name, DateTimeOffset now) => Given(json, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } seconds => now.AddSeconds(seconds.GetDouble()),
        { ValueKind: JsonValueKind.String } text when text.TryGetDateTimeOffset(out var at) => at,
        _ => throw new FormatException($"{name} must be a number of seconds from now or an ISO 8601 time."),
    };

    static JsonElement? Given(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
