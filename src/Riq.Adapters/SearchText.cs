using System.Text;

namespace Riq.Adapters;

/// <summary>Values in JQL and CQL, which share their rules of quoting and of text search.</summary>
static class SearchText
{
    // They steer the text search (wildcards, fuzziness, groups) and are not in its index, so a search can't miss them.
    const string Operators = "+-&|!(){}[]^~*?:\\/\"";

    static readonly string[] OperatorWords = ["AND", "OR", "NOT"];

    /// <summary>A quoted string that ends where it should, whatever it holds.</summary>
    public static string Quote(string value)
    {
        var quoted = new StringBuilder("\"", value.Length + 8);
        foreach (var c in value)
        {
            if (c is '"' or '\\') quoted.Append('\\').Append(c);
            else quoted.Append(char.IsControl(c) ? ' ' : c);
        }
        return quoted.Append('"').ToString();
    }

    /// <summary>The words of a text search without operators; null when no word is left.</summary>
    public static string? Words(string? text)
    {
        if (text is null) return null;
        var plain = string.Concat(text.Select(c => Operators.Contains(c) || char.IsControl(c) ? ' ' : c));
        var words = plain.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(w => OperatorWords.Contains(w) ? w.ToLowerInvariant() : w);
        return string.Join(' ', words) is { Length: > 0 } joined ? joined : null;
    }
}
