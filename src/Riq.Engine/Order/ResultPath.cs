using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Riq.Engine.Order;

/// <summary>A way into a result: <c>id</c>, <c>tasks[0].id</c>, <c>custom_fields['Story Points']</c>. Pure.</summary>
static partial class ResultPath
{
    /// <summary>The value at the path; null when there is none. A leading <c>data</c> that the result does not have is passed over.</summary>
    public static JsonElement? Find(JsonElement result, string path)
    {
        JsonElement? at = result;
        var first = true;
        foreach (Match step in Step().Matches(path))
        {
            if (at is not { } value) return null;
            var next = Follow(value, step);
            at = next is null && first && step.Groups["name"].Value == "data" ? value : next;
            first = false;
        }
        return at;
    }

    static JsonElement? Follow(JsonElement value, Match step) => value.ValueKind switch
    {
        JsonValueKind.Object when !step.Groups["index"].Success && value.TryGetProperty(NameOf(step), out var field) => field,
        JsonValueKind.Array when int.TryParse(step.Groups["index"].Success ? step.Groups["index"].Value : step.Groups["name"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var i)
            && i < value.GetArrayLength() => value[i],
        _ => null,
    };

    static string NameOf(Match step) => step.Groups["quoted"].Success ? step.Groups["quoted"].Value : step.Groups["name"].Value;

    [GeneratedRegex(@"\.?(?<name>[A-Za-z0-9_-]+)|\[(?<index>[0-9]{1,9})\]|\['(?<quoted>[^'\]]{1,200})'\]")]
    private static partial Regex Step();
}
