using System.Text.Json;
using Riq.Api.Http;
using Riq.Engine.Order;
using Riq.Engine.Requests;
using Riq.Engine.Results;

namespace Riq.Api.Results;

/// <summary>What became of a request, as a client sees it.</summary>
static class ResultAnswer
{
    public static string ETag(RequestSnapshot r) => $"\"v{r.Version}\"";

    public static IResult Of(HttpContext http, RequestSnapshot r)
    {
        http.Response.Headers.ETag = ETag(r);
        return JsonAnswer.Ok(json => { json.WriteStartObject(); WriteFields(json, r); json.WriteEndObject(); });
    }

    public static void WriteFields(Utf8JsonWriter json, RequestSnapshot r)
    {
        json.WriteString("token", RequestToken.Of(r.Id));
        json.WriteString("operation", r.Operation);
        json.WriteString("status", r.Status);
        if (r.Status == RequestStatus.Queued) WriteWaiting(json, r);
        json.OptionalJson("result", r.Result);
        if (r.Error is not null) WriteError(json, r);
        json.WriteNumber("attempts", r.Attempts);
        json.WriteNumber("retry_count", r.RetryCount);
        json.WriteNumber("deferrals", r.Deferrals);
        json.Optional("next_retry_at", r.NextRetryAt);
        json.Optional("created_at", (DateTime?)r.CreatedAt);
        json.Optional("started_at", r.StartedAt);
        json.Optional("completed_at", r.CompletedAt);
        if (r.CompletedAt is { } completed) json.WriteNumber("duration_ms", (long)(completed - r.CreatedAt).TotalMilliseconds);
        json.Optional("consistency_token", r.ConsistencyToken);
        json.WriteBoolean("cached", r.CachedAt is not null);
        json.Optional("cached_at", r.CachedAt);
        if (r.Stale) json.WriteBoolean("stale", true);
    }

    static void WriteWaiting(Utf8JsonWriter json, RequestSnapshot r)
    {
        // Who waits for other requests does so whatever the service's state.
        if (WaitReasons.IsOrder(r.WaitingFor)) { WriteOrder(json, r); return; }
        var reason = r.Block?.Reason ?? r.WaitingFor ?? WaitingFor.Worker;
        json.WriteString("waiting_for", reason);
        json.WriteStartObject("blocked_by");
        json.WriteString("reason", reason);
        json.Optional("until", r.Block is { } block ? block.Until : r.NextRetryAt);
        json.WriteString("message", r.Block?.Message ?? reason switch
        {
            WaitingFor.Retry => "The last attempt failed; the next one starts at the time in until.",
            WaitingFor.RateLimit => $"{r.Service} has asked for fewer calls; the request goes on at the time in until, and loses no retry.",
            WaitingFor.OutcomeCheck => $"{r.Service} did not answer the last attempt; whether it took effect is being found out before anything is repeated.",
            WaitingFor.Credentials => $"{r.Service} refused RIQ's credential; the request goes on as soon as an operator has entered a new one, or when the next try in until succeeds.",
            _ => $"A free worker for {r.Service}.",
        });
        json.WriteEndObject();
    }

    static void WriteOrder(Utf8JsonWriter json, RequestSnapshot r)
    {
        json.WriteString("waiting_for", r.WaitingFor);
        json.WriteStartObject("blocked_by");
        json.WriteString("reason", r.WaitingFor);
        json.WriteStartArray("tokens");
        foreach (var id in r.Behind) json.WriteStringValue(RequestToken.Of(id));
        json.WriteEndArray();
        json.WriteString("message", (r.WaitingFor, r.Behind) switch
        {
            (WaitingFor.Lane, [var head]) => $"Behind {RequestToken.Of(head)}: writes to the same entity run one at a time.",
            (WaitingFor.Lane, _) => "Behind another client's write to the same entity: they run one at a time.",
            (WaitingFor.ConsistencyToken, _) => "The write behind its consistency token has not ended.",
            (_, { Count: 1 }) => "A request that it depends on has not ended.",
            (_, { Count: var count }) => $"{count} of the requests that it depends on have not ended.",
        });
        json.WriteEndObject();
    }

    // The count is added here, from the attempts' own rows; the stored error has none.
    public static void WriteError(Utf8JsonWriter json, RequestSnapshot r)
    {
        using var error = JsonDocument.Parse(r.Error!);
        json.WriteStartObject("error");
        foreach (var field in error.RootElement.EnumerateObject()) field.WriteTo(json);
        json.WriteNumber("attempts", r.Attempts);
        json.WriteEndObject();
    }
}
