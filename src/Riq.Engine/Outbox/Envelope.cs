using System.Buffers;
using System.Text.Json;

namespace Riq.Engine.Outbox;

/// <summary>MassTransit's JSON envelope, written by hand because it is made once per request: message id, type, message.</summary>
static class Envelope
{
    public const string ContentType = "application/vnd.masstransit+json";

    /// <summary>The command to run attempt <paramref name="attempt"/>: ids only, because queues are readable by operators.</summary>
    public static byte[] Execute(Guid messageId, Guid requestId, int attempt, string? client = null) =>
        Write(messageId, Execution.ExecuteRequest.MessageUrn, (requestId, attempt, client), static (w, m) =>
        {
            w.WriteString("requestId"u8, m.requestId);
            w.WriteNumber("attempt"u8, m.attempt);
            if (m.client is not null) w.WriteString("client"u8, m.client);
        });

    /// <summary>An event for other programs, in the fields' own names as MassTransit writes them.</summary>
    public static byte[] Event(Guid messageId, object happened) =>
        Write(messageId, $"urn:message:{happened.GetType().Namespace}:{happened.GetType().Name}", JsonSerializer.SerializeToElement(happened, happened.GetType(), JsonSerializerOptions.Web), static (w, m) =>
        {
            foreach (var field in m.EnumerateObject()) field.WriteTo(w);
        });

    static byte[] Write<T>(Guid messageId, string urn, T message, Action<Utf8JsonWriter, T> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var w = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        w.WriteStartObject();
        w.WriteString("messageId"u8, messageId);
        w.WriteStartArray("messageType"u8);
        w.WriteStringValue(urn);
        w.WriteEndArray();
        w.WriteStartObject("message"u8);
        write(w, message);
        w.WriteEndObject();
        w.WriteEndObject();
        w.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
