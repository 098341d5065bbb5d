using System.Text.Json;
using Riq.Simulator.Exchange;

namespace Riq.Simulator.Ledger;

/// <summary>
/// The token by which a RIQ request can be known again at the site: in Jira the property <c>riq.request</c> of an issue or a
/// comment, in Confluence a version's message <c>riq:token</c> or the page's property of that name.
/// </summary>
static class Markers
{
    public const string PropertyKey = "riq.request";
    public const string MessagePrefix = "riq:";

    /// <summary>The marker in the call's body; of a bulk create the first one.</summary>
    public static string? Find(Call call)
    {
        if (call.Route.Class != RouteClass.Write || call.Body.ValueKind != JsonValueKind.Object) return null;
        if (call.Segment("propertyKey") == PropertyKey) return OfValue(call.Body);
        return OfWrite(call.Body) ?? OfBulk(call.Body);
    }

    /// <summary>The marker of one create or update.</summary>
    public static string? OfWrite(JsonElement body) => OfProperties(body) ?? OfVersion(body) ?? OfProperty(body);

    public static string? OfValue(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty("token", out var token) && token.ValueKind == JsonValueKind.String ? token.GetString() : null;

    static string? OfProperties(JsonElement body)
    {
        if (!body.TryGetProperty("properties", out var properties) || properties.ValueKind != JsonValueKind.Array) return null;
        foreach (var property in properties.EnumerateArray())
            if (property.ValueKind == JsonValueKind.Object && OfProperty(property) is { } token) return token;
        return null;
    }

    /// <summary>An entry <c>{"key":"riq.request","value":{"token":…}}</c>.</summary>
    static string? OfProperty(JsonElement property) =>
        property.TryGetProperty("key", out var key) && key.ValueKind == JsonValueKind.String && key.ValueEquals(PropertyKey) && property.TryGetProperty("value", out var value) ? OfValue(value) : null;

    static string? OfVersion(JsonElement body)
    {
        if (!body.TryGetProperty("version", out var version) || version.ValueKind != JsonValueKind.Object) return null;
        if (!version.TryGetProperty("message", out var message) || message.ValueKind != JsonValueKind.String) return null;
        var text = message.GetString()!;
        return text.StartsWith(MessagePrefix, StringComparison.Ordinal) ? text[MessagePrefix.Length..] : null;
    }

    static string? OfBulk(JsonElement body)
    {
        if (!body.TryGetProperty("issueUpdates", out var updates) || updates.ValueKind != JsonValueKind.Array) return null;
        foreach (var update in updates.EnumerateArray())
            if (update.ValueKind == JsonValueKind.Object && OfWrite(update) is { } token) return token;
        return null;
    }
}
