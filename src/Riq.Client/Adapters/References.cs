using System.Text.Json;

namespace Riq.Client.Adapters;

/// <summary>Finds which requests' results a payload refers to (<c>$result.req_….id</c>), so that it is made to wait for them.</summary>
static class References
{
    const string Prefix = "$result.req_";
    const int TokenLength = 36;   // req_ and 32 hexadecimal digits

    public static IReadOnlyList<string>? In(JsonElement payload)
    {
        var found = Texts(payload).Where(t => t.StartsWith(Prefix, StringComparison.Ordinal) && t.Length >= Prefix.Length + 32)
            .Select(t => t.Substring(Prefix.Length - 4, TokenLength)).Distinct().ToArray();
        return found.Length > 0 ? found : null;
    }

    static IEnumerable<string> Texts(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => [json.GetString()!],
        JsonValueKind.Array => json.EnumerateArray().SelectMany(Texts),
        JsonValueKind.Object => json.EnumerateObject().SelectMany(p => Texts(p.Value)),
        _ => [],
    };
}
