using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Riq.Engine.Requests;

/// <summary>
/// JSON from outside as Postgres takes it: NUL characters and halves of surrogate pairs, which JSON allows and jsonb
/// refuses, become U+FFFD.
/// </summary>
static class StorableJson
{
    const char Replacement = '\uFFFD';

    public static JsonElement Of(JsonElement value) => MayNeedRepair(value.GetRawText()) ? JsonSerializer.Deserialize<JsonElement>(Repair(value)) : value;

    /// <summary>The text to store.</summary>
    public static string TextOf(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Undefined) return "null";
        var text = value.GetRawText();
        return MayNeedRepair(text) ? Repair(value) : text;
    }

    // Only an escape can hold what Postgres refuses; hardly any text has one.
    static bool MayNeedRepair(string text) => text.Contains("\\u", StringComparison.Ordinal);

    static string Repair(JsonElement value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer)) Write(json, value);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    static void Write(Utf8JsonWriter json, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var field in value.EnumerateObject()) { json.WritePropertyName(Clean(NameOf(field))); Write(json, field.Value); }
                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var item in value.EnumerateArray()) Write(json, item);
                json.WriteEndArray();
                break;
            case JsonValueKind.String: json.WriteStringValue(Clean(TextIn(value))); break;
            default: value.WriteTo(json); break;
        }
    }

    // The reader refuses to unescape half a surrogate pair.
    static string TextIn(JsonElement text)
    {
        try { return text.GetString()!; }
        catch (InvalidOperationException) { return Replacement.ToString(); }
    }

    static string NameOf(JsonProperty field)
    {
        try { return field.Name; }
        catch (InvalidOperationException) { return Replacement.ToString(); }
    }

    static string Clean(string text) => text.Replace('\0', Replacement);
}
