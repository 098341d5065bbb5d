namespace Riq.Simulator.Faults;

/// <summary>Which calls a rule means by its <c>route</c> and <c>method</c>.</summary>
static class FaultMatch
{
    /// <summary>The template of calls that the site does not know.</summary>
    public const string UnknownTemplate = "(unknown)";

    /// <summary>
    /// A pattern with <c>*</c> or <c>?</c> is a glob over the whole path; one with a trailing <c>$</c> is the exact path; any other
    /// is a prefix that ends at a slash. It may be written with the values of a call or with the template's names in braces.
    /// </summary>
    public static bool Route(string pattern, string path, string template) => pattern.Length == 0 || One(pattern, path) || One(pattern, template);

    public static bool Method(string? method, string called) => method is null or "*" || method.Equals(called, StringComparison.OrdinalIgnoreCase);

    static bool One(string pattern, string path)
    {
        if (pattern.AsSpan().IndexOfAny('*', '?') >= 0) return Glob(pattern, path);
        if (pattern.EndsWith('$')) return path.Equals(pattern[..^1], StringComparison.OrdinalIgnoreCase);
        var prefix = pattern.TrimEnd('/');
        return path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && (path.Length == prefix.Length || path[prefix.Length] == '/');
    }

    /// <summary>Linear in practice: a star that fails is retried from the last star only.</summary>
    static bool Glob(string pattern, string text)
    {
        int p = 0, t = 0, star = -1, resume = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*') { (star, resume) = (p++, t); continue; }
            if (p < pattern.Length && (pattern[p] == '?' || char.ToLowerInvariant(pattern[p]) == char.ToLowerInvariant(text[t]))) { p++; t++; continue; }
            if (star < 0) return false;
            (p, t) = (star + 1, ++resume);
        }
        while (p < pattern.Length && pattern[p] == '*') p++;
        return p == pattern.Length;
    }
}
