using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Riq.Engine.Requests;

namespace Riq.Engine.Callbacks;

/// <summary>What the receiver gets: type, time and the request as it ended. Made anew from the same row for every delivery, so it is always the same.</summary>
static class CallbackBody
{
    /// <summary>The facts as one JSON text, of the table under the alias <c>r</c>.</summary>
    public const string Columns = """
        json_build_object('id', r.id, 'operation', r.operation, 'service', r.service, 'status', r.status, 'result', r.result, 'error', r.error, 'retry_count', r.retry_count,
          'created_at', r.created_at, 'completed_at', r.completed_at, 'consistency_token', r.consistency_token, 'idempotency_key', r.idempotency_key,
          'attempts', (select count(*) from request_attempts a where a.request_id = r.id))::text
        """;

    static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Of(string facts)
    {
        using var json = JsonDocument.Parse(facts);
        var r = json.RootElement;
        var buffer = new ArrayBufferWriter<byte>(1_024);
        using (var w = new Utf8JsonWriter(buffer, Options))
        {
            w.WriteStartObject();
            w.WriteString("type", "request." + r.GetProperty("status").GetString());
            w.WriteString("timestamp", Time(r.GetProperty("completed_at")));
            w.WriteStartObject("data");
            w.WriteString("token", RequestToken.Of(r.GetProperty("id").GetGuid()));
            foreach (var field in r.EnumerateObject().Where(f => f.Name != "id" && f.Value.ValueKind != JsonValueKind.Null))
            {
                if (field.Name.EndsWith("_at", StringComparison.Ordinal)) w.WriteString(field.Name, Time(field.Value));
                else field.WriteTo(w);
            }
            w.WriteEndObject();
            w.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    static string Time(JsonElement time) => time.GetDateTimeOffset().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
