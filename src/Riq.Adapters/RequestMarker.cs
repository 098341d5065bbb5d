using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Riq.Adapters;

/// <summary>
/// What a write leaves at the service so that its effect can be found when its answer was lost: the request's token as a
/// property, its hash as a label (labels can be searched, properties can't), or a version's message.
/// </summary>
static class RequestMarker
{
    public const string PropertyKey = "riq.request";

    /// <summary>Of the property that a change of an issue leaves there: the last request that changed it.</summary>
    public const string ChangeKey = "riq.change";

    const string LabelPrefix = "riq-";
    const int HashBytes = 8;   // 16 hex digits: two of 10 million requests share one with a chance of 1 in 400,000

    public static string Label(string token) => LabelPrefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)).AsSpan(0, HashBytes));

    public static bool IsLabel(string label) =>
        label.Length == LabelPrefix.Length + HashBytes * 2 && label.StartsWith(LabelPrefix, StringComparison.Ordinal)
        && label.AsSpan(LabelPrefix.Length).IndexOfAnyExcept("0123456789abcdef") < 0;

    public static JsonObject Value(string token) => new() { ["token"] = token };

    public static JsonArray Properties(string token, string key = PropertyKey) => [new JsonObject { ["key"] = key, ["value"] = Value(token) }];

    public static string VersionMessage(string token) => $"riq:{token}";
}
