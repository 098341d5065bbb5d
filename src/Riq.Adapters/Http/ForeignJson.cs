using System.Globalization;
using System.Text.Json;

namespace Riq.Adapters.Http;

/// <summary>Reads JSON that somebody else shaped: what is missing or of another type is absent, never an exception.</summary>
static class ForeignJson
{
    // Jira writes offsets without a colon, Confluence and everybody else as ISO 8601.
    static readonly string[] TimeFormats = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mm:sszzz"];

    public static JsonElement At(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : default;

    /// <summary>A string, or a number as it is written: ids come as either.</summary>
    public static string? Text(this JsonElement json, string name) => json.At(name) is var value && value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    } is { } text ? text : null;

    public static int? Integer(this JsonElement json, string name) =>
        json.At(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number) ? number : null;

    public static double? Number(this JsonElement json, string name) =>
        json.At(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var number) && double.IsFinite(number) ? number : null;

    public static bool IsTrue(this JsonElement json, string name) => json.At(name).ValueKind == JsonValueKind.True;

    public static IEnumerable<JsonElement> Items(this JsonElement json, string name) =>
        json.At(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    public static DateTimeOffset? Time(this JsonElement json, string name) =>
        DateTimeOffset.TryParseExact(json.Text(name), TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time.ToUniversalTime() : null;

    /// <summary>An object's members; of several with one name the last counts.</summary>
    public static Dictionary<string, JsonElement> Members(this JsonElement json)
    {
        var members = new Dictionary<string, JsonElement>();
        foreach (var member in json.EnumerateObject()) members[member.Name] = member.Value;
        return members;
    }

    /// <summary>How many levels of objects and lists.</summary>
    public static int Depth(this JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => 1 + json.EnumerateObject().Select(p => p.Value.Depth()).DefaultIfEmpty().Max(),
        JsonValueKind.Array => 1 + json.EnumerateArray().Select(Depth).DefaultIfEmpty().Max(),
        _ => 0,
    };
}
