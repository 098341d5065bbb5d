using System.Text.RegularExpressions;

namespace Riq.Adapters.Confluence;

/// <summary>Builds CQL. Every value is quoted: none can add a condition of its own.</summary>
static partial class Cql
{
    [GeneratedRegex(@"""(?:[^""\\]|\\.)*""|'(?:[^'\\]|\\.)*'|\border\s+by\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex StringOrOrder();

    public static string Words(string words, string? spaceKey) =>
        $"type = page AND text ~ {SearchText.Quote(words)}" + (spaceKey is null ? "" : $" AND {InSpace(spaceKey)}");

    /// <summary>A client's own query, bounded to a space; its order stays at the end where it belongs.</summary>
    public static string Within(string cql, string spaceKey)
    {
        var order = StringOrOrder().Matches(cql).LastOrDefault(m => m.Value[0] is not ('"' or '\''));
        var (condition, rest) = order is null ? (cql, "") : (cql[..order.Index], cql[order.Index..]);
        return condition.Trim().Length == 0 ? $"{InSpace(spaceKey)} {rest}".Trim() : $"{InSpace(spaceKey)} AND ({condition.Trim()}) {rest}".Trim();
    }

    static string InSpace(string key) => $"space = {SearchText.Quote(key)}";
}
