using System.Text.Json;
using Riq.Contracts;

namespace Riq.Client.Http;

/// <summary>Reads what submit answers: a receipt, a cached result, or the request's state when RIQ held the answer.</summary>
static class Receipts
{
    const string Cached = "cached";

    public static SubmissionReceipt Read(JsonElement json, string operation)
    {
        var receipt = json.Deserialize<SubmissionReceipt>(RiqJson.Options)!;
        if (receipt.Status == Cached) return receipt with { State = FromCache(json, receipt.Token, operation) };
        // Only a state counts attempts.
        return json.TryGetProperty("attempts", out _) ? receipt with { State = json.Deserialize<RequestState>(RiqJson.Options) } : receipt;
    }

    static RequestState FromCache(JsonElement json, string token, string operation) =>
        new() { Token = token, Operation = operation, Status = "completed", Cached = true, Result = json.TryGetProperty("result", out var result) ? result : null,
            CachedAt = json.TryGetProperty("cached_at", out var at) ? at.GetDateTimeOffset() : null, Stale = json.TryGetProperty("stale", out var stale) && stale.GetBoolean() };
}
