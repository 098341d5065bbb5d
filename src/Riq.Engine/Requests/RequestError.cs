using System.Text.Json;
using System.Text.Json.Nodes;
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

    /// <summary>Details that are nested deeper are kept as text.</summary>
    public const int MaxDetailsDepth = 32;

    /// <summary>More objects that may be the effect of a write are not listed.</summary>
    public const int MaxCandidates = 20;

    public static RequestError From(AdapterError error, bool exhausted = false, bool unknown = false) => new(error.Code, Cut(error.Message))
    {
        RetryAfter = error.RetryAfter?.TotalSeconds,
        RetriesExhausted = exhausted,
        HttpStatus = error.HttpStatus,
        Details = unknown ? WithUnknownOutcome(Storable(error.Details)) : Storable(error.Details),
    };

    /// <summary>Whether a stored error says that nobody knows whether the write took effect.</summary>
    public static bool SaysUnknown(string? stored) => Detail(stored, "outcome") == "unknown";

    static string? Detail(string? stored, string name)
    {
        if (stored is null) return null;
        using var error = JsonDocument.Parse(stored);
        return error.RootElement.TryGetProperty("details", out var details) && details.ValueKind == JsonValueKind.Object
            && details.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    /// <summary>The error of an attempt whose worker died.</summary>
    public static AdapterError WorkerDied { get; } = new(ErrorCodes.Internal, "The worker that ran this attempt ended without an outcome.")
    {
        Unclear = true,
        Details = JsonSerializer.SerializeToElement(new { cause = "worker_died" }),
    };

    /// <summary>Whether a stored error is <see cref="WorkerDied"/>.</summary>
    public static bool SaysWorkerDied(string? stored) => Detail(stored, "cause") == "worker_died";

    /// <summary>The stored error once it is known that nothing happened and no retry is left.</summary>
    public static string Exhausted(string? stored) => (Stored(stored) with { RetriesExhausted = true }).ToJson();

    /// <summary>The stored error once it is given up to find out whether the write took effect.</summary>
    public static string Unknown(string? stored, string why, IReadOnlyList<EffectCandidate> candidates)
    {
        var error = Stored(stored);
        var details = WithUnknownOutcome(error.Details);
        if (candidates.Count == 0) return (error with { Message = Cut($"{why} {error.Message}"), Details = details }).ToJson();
        var all = JsonObject.Create(details)!;
        all["candidates"] = JsonSerializer.SerializeToNode(candidates.Take(MaxCandidates), RiqJson.Options);
        return (error with { Message = Cut($"{why} {error.Message}"), Details = Storable(JsonSerializer.SerializeToElement(all)) }).ToJson();
    }

    static RequestError Stored(string? stored) =>
        stored is null ? From(WorkerDied) : JsonSerializer.Deserialize<RequestError>(stored, RiqJson.Options)!;

    public string ToJson() => JsonSerializer.Serialize(this, RiqJson.Options);

    static JsonElement WithUnknownOutcome(JsonElement? details)
    {
        var all = details is { ValueKind: JsonValueKind.Object } given ? JsonObject.Create(given)! : [];
        all["outcome"] = "unknown";
        return JsonSerializer.SerializeToElement(all);
    }

    static JsonElement? Storable(JsonElement? details)
    {
        if (details is not { ValueKind: not JsonValueKind.Undefined } given) return null;
        var text = StorableJson.Of(given);
        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = MaxDetailsDepth });
            return json.RootElement.Clone();
        }
        catch (JsonException) { return JsonSerializer.SerializeToElement(new { text = Cut(text) }); }   // nested too deeply to be an explanation
    }

    static string Cut(string text)
    {
        var clean = text.Replace('\0', '?');
        return clean.Length > MaxMessageLength ? clean[..MaxMessageLength] + "…" : clean;
    }
}
