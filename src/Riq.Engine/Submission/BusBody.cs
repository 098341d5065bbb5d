using System.Buffers;
using System.Text.Json;
using Riq.Contracts;

namespace Riq.Engine.Submission;

/// <summary>
/// The submission inside a message: MassTransit's envelope or the bare JSON of another language. MassTransit writes camelCase,
/// REST has snake_case; both spellings of the submission's own fields are read, and the names in the payload are left alone. Pure.
/// </summary>
static class BusBody
{
    public const int MaxBytes = 1024 * 1024;
    /// <summary>What MassTransit's envelope may add: addresses, headers, host.</summary>
    public const int MaxEnvelopeBytes = 64 * 1024;

    // As deep as REST takes it, in an envelope.
    static readonly JsonDocumentOptions Strict = new() { MaxDepth = 65, AllowDuplicateProperties = false };

    /// <summary>The submission in the names of REST; default when <paramref name="problems"/> says why it can't be read.</summary>
    public static JsonElement Read(byte[] body, ProblemList problems)
    {
        try
        {
            using var json = JsonDocument.Parse(body, Strict);
            var message = IsEnvelope(json.RootElement, out var inner) ? inner : json.RootElement;
            if (!Submission.JsonSafety.HasReadableNames(message, problems)) return default;
            return NeedsRenaming(message) ? Renamed(message, problems) : message.Clone();
        }
        catch (JsonException e)
        {
            problems.Add("body", $"is not a JSON value that can be read: {e.Message}");
            return default;
        }
    }

    static bool IsEnvelope(JsonElement root, out JsonElement message)
    {
        message = default;
        return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("messageType", out _) && root.TryGetProperty("message", out message);
    }

    static bool NeedsRenaming(JsonElement message) => message.ValueKind == JsonValueKind.Object && message.EnumerateObject().Any(f => f.Name.AsSpan().IndexOfAnyInRange('A', 'Z') >= 0);

    static JsonElement Renamed(JsonElement message, ProblemList problems)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var field in message.EnumerateObject())
            {
                var name = JsonNamingPolicy.SnakeCaseLower.ConvertName(field.Name);
                if (!names.Add(name)) { problems.Add(ProblemList.Printable(name), "is there twice, in different spellings."); continue; }
                json.WritePropertyName(name);
                // As it was sent: numbers keep their digits, and what is wrong with the text is found by the reader.
                json.WriteRawValue(field.Value.GetRawText(), skipInputValidation: true);
            }
            json.WriteEndObject();
        }
        return JsonSerializer.Deserialize<JsonElement>(buffer.WrittenSpan);
    }
}
