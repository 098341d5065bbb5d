using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Riq.Engine.Requests;

namespace Riq.Engine.Timeline;

/// <summary>One change of a request, as listeners hear of it: ids, status, error code, times. Results stay in Postgres.</summary>
sealed record Change(ChangePosition Position, DateTime At, string Event, string Status, int Attempt, string? By, string? ErrorCode, DateTime? NextAttemptAt,
    string Operation, string Service, string Priority, string ClientId, string? IdempotencyKey)
{
    static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    byte[]? _json;

    public string Token => RequestToken.Of(Position.RequestId);

    /// <summary>Written once, however many listeners there are.</summary>
    public byte[] Json => _json ??= Write();

    byte[] Write()
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("token", Token);
            json.WriteString("operation", Operation);
            json.WriteString("service", Service);
            json.WriteString("priority", Priority);
            json.WriteString("event", Event);
            json.WriteString("status", Status);
            json.WriteNumber("attempt", Attempt);
            json.WriteNumber("version", Position.Version);
            json.WriteString("at", Time(At));
            if (IdempotencyKey is not null) json.WriteString("idempotency_key", IdempotencyKey);
            if (By is not null) json.WriteString("by", By);
            if (ErrorCode is not null) json.WriteString("error_code", ErrorCode);
            if (NextAttemptAt is { } next) json.WriteString("next_attempt_at", Time(next));
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    static string Time(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
