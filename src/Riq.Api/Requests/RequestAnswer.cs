using System.Text.Json;
using Riq.Api.Http;
using Riq.Api.Results;
using Riq.Engine.Callbacks;
using Riq.Engine.DeadLetters;
using Riq.Engine.Requests;
using Riq.Engine.Results;

namespace Riq.Api.Requests;

/// <summary>Writes a request for lists and with everything that is known of it.</summary>
static class RequestAnswer
{
    public static void WriteItem(Utf8JsonWriter json, RequestSnapshot r)
    {
        json.WriteStartObject();
        WriteSummary(json, r);
        json.WriteEndObject();
    }

    /// <param name="json">Where to.</param>
    /// <param name="d">The request.</param>
    /// <param name="traceUrl">Where its trace can be looked at.</param>
    public static void WriteDetail(Utf8JsonWriter json, RequestDetail d, string? traceUrl)
    {
        json.WriteStartObject();
        WriteSummary(json, d.Snapshot);
        json.OptionalJson("payload", d.Payload);
        json.Optional("idempotency_key", d.IdempotencyKey);
        json.WriteNumber("max_retries", d.MaxRetries);
        json.Optional("expires_at", d.ExpiresAt);
        json.Optional("updated_at", (DateTime?)d.UpdatedAt);
        json.Optional("lease_until", d.LeaseUntil);
        json.Optional("worker", d.Worker);
        json.Optional("traceparent", d.Traceparent);
        json.Optional("trace_url", traceUrl);
        json.Optional("routing_path", d.RoutingPath);
        if (d.Callback is { } callback) WriteCallback(json, callback);
        if (d.Snapshot is { Status: RequestStatus.Dead, Error: { } error }) json.WriteString("remedy", Remedy.For(error, d.Snapshot.Service));
        RelationAnswer.Write(json, d.Relations);
        WriteAttempts(json, d.Attempts);
        WriteTimeline(json, d.Timeline);
        json.WriteEndObject();
    }

    static void WriteSummary(Utf8JsonWriter json, RequestSnapshot r)
    {
        ResultAnswer.WriteFields(json, r);
        json.WriteString("client", r.ClientId);
        json.WriteString("service", r.Service);
        json.WriteString("priority", r.Priority);
        json.WriteBoolean("fire_and_forget", r.FireAndForget);
        json.WriteNumber("version", r.Version);
    }

    static void WriteCallback(Utf8JsonWriter json, CallbackState c)
    {
        json.WriteStartObject("callback");
        json.WriteString("url", c.Url);
        json.WriteString("status", c.Status);
        json.WriteNumber("deliveries", c.Attempts);
        json.Optional("next_delivery_at", c.NextAttemptAt);
        json.WriteEndObject();
    }

    static void WriteAttempts(Utf8JsonWriter json, IReadOnlyList<AttemptEntry> attempts)
    {
        json.WriteStartArray("attempt_list");
        foreach (var a in attempts)
        {
            json.WriteStartObject();
            json.WriteNumber("number", a.Number);
            json.Optional("started_at", a.StartedAt);
            json.Optional("ended_at", (DateTime?)a.EndedAt);
            json.Optional("worker", a.Worker);
            json.WriteString("event", a.Event);
            json.Optional("http_status", a.HttpStatus);
            json.OptionalJson("error", a.Error);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    static void WriteTimeline(Utf8JsonWriter json, IReadOnlyList<TimelineEntry> timeline)
    {
        json.WriteStartArray("timeline");
        foreach (var t in timeline)
        {
            json.WriteStartObject();
            json.WriteNumber("version", t.Version);
            json.Optional("at", (DateTime?)t.At);
            json.WriteString("event", t.Event);
            json.WriteString("status", t.Status);
            json.Optional("by", t.By);
            json.Optional("http_status", t.HttpStatus);
            json.Optional("reason", t.Reason);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
