using System.Text.Json;
using Riq.Contracts;

namespace Riq.Engine.Requests;

/// <summary>The <c>error</c> of a request as it is stored; readers add <c>attempts</c>, the count of its attempts' rows.</summary>
public sealed record RequestError(string Code, string Message)
{
    /// <summary>Seconds that the service asked to wait.</summary>
    public double? RetryAfter { get; init; }
    public bool RetriesExhausted { get; init; }
    public int? HttpStatus { get; init; }
    /// <summary>The service's own field errors; <c>outcome: "unknown"</c> when it is not known whether the write took effect.</summary>
    public JsonElement? Details { get; init; }

    /// <summary>Longer messages of a service are cut: an error is an explanation, not a page of HTML.</summary>
    public const int MaxMessageLength = 2_000;

    public static JsonElement OutcomeUnknown { get; } = JsonSerializer.Deserialize<JsonElement>("""{"outcome":"unknown"}""");

    /// <summary>Whether a stored error says that nobody knows if the write took effect. A service's field of the same name says nothing.</summary>
    public static bool SaysUnknown(string? error)
    {
        if (error is null) return false;
        using var json = JsonDocument.Parse(error);
        return json.RootElement.TryGetProperty("details", out var details) && JsonElement.DeepEquals(details, OutcomeUnknown);
    }

    public static RequestError From(AdapterError error, bool exhausted = false, bool unknown = false) => new(error.Code, Cut(error.Message))
    {
        RetryAfter = error.RetryAfter?.TotalSeconds,
        RetriesExhausted = exhausted,
        HttpStatus = error.HttpStatus,
        Details = unknown ? OutcomeUnknown : Storable(error.Details),
    };

    public string ToJson() => JsonSerializer.Serialize(this, RiqJson.Options);

    static JsonElement? Storable(JsonElement? details) =>
        details is { ValueKind: not JsonValueKind.Undefined } given ? JsonSerializer.Deserialize<JsonElement>(StorableJson.Of(given)) : null;

    static string Cut(string text)
    {
        var clean = text.Replace('\0', '?');
        return clean.Length > MaxMessageLength ? clean[..MaxMessageLength] + "…" : clean;
    }
}
