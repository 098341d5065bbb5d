using System.Globalization;
using System.Text;

namespace Riq.Simulator.Query;

/// <summary>Where the next page begins, opaque to callers and bound to the query that it belongs to.</summary>
static class PageToken
{
    public static string Write(int offset, string query) => Convert.ToBase64String(Encoding.ASCII.GetBytes(FormattableString.Invariant($"{offset}:{Hash(query):x8}"))).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    /// <summary>0 without a token; null for one that is not of this query.</summary>
    public static int? Read(string? token, string query)
    {
        if (string.IsNullOrEmpty(token)) return 0;
        var padded = token.Replace('-', '+').Replace('_', '/').PadRight((token.Length + 3) / 4 * 4, '=');
        var buffer = new byte[padded.Length];
        if (!Convert.TryFromBase64String(padded, buffer, out var length)) return null;
        return Encoding.ASCII.GetString(buffer, 0, length).Split(':') is [var offset, var hash] && hash == Hash(query).ToString("x8", CultureInfo.InvariantCulture)
            && int.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    /// <summary>FNV-1a: the same in every process, unlike string.GetHashCode.</summary>
    static uint Hash(string query)
    {
        var hash = 2166136261u;
        foreach (var c in query) hash = (hash ^ c) * 16777619u;
        return hash;
    }
}
