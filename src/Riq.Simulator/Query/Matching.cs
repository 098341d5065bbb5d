namespace Riq.Simulator.Query;

/// <summary>Pure comparisons that JQL and CQL fields are made of.</summary>
static class Matching
{
    /// <summary>For a field with one value or none: =, !=, IN, NOT IN, IS EMPTY. As in Jira, a negative comparison does not find what has no value.</summary>
    public static bool OneOf(Term term, string? actual, Func<Operand, string?, bool> equal)
    {
        if (term.Operator is "IS" or "IS NOT") return (actual is null) == (term.Operator == "IS");
        if (term.Operator is not ("=" or "!=" or "IN" or "NOT IN")) throw Unsupported(term);
        if (term.IsNegative) return actual is not null && !term.Values.Any(v => !v.IsEmpty && equal(v, actual));
        return term.Values.Any(v => v.IsEmpty ? actual is null : actual is not null && equal(v, actual));
    }

    /// <summary>For a field with several values, such as labels.</summary>
    public static bool AnyOf(Term term, IReadOnlyCollection<string> actual)
    {
        if (term.Operator is "IS" or "IS NOT") return (actual.Count == 0) == (term.Operator == "IS");
        if (term.Operator is not ("=" or "!=" or "IN" or "NOT IN")) throw Unsupported(term);
        var found = term.Values.Any(v => v.IsEmpty ? actual.Count == 0 : actual.Contains(v.Text, StringComparer.OrdinalIgnoreCase));
        return term.IsNegative ? actual.Count > 0 && !found : found;
    }

    public static bool Same(Operand value, string? actual) => value.Text.Equals(actual, StringComparison.OrdinalIgnoreCase);

    public static bool Ordered(Term term, int comparison) => term.Operator switch
    {
        "=" => comparison == 0, "!=" => comparison != 0, "<" => comparison < 0, "<=" => comparison <= 0, ">" => comparison > 0, ">=" => comparison >= 0,
        _ => throw Unsupported(term),
    };

    /// <summary>
    /// The <c>~</c> of both languages: every word of the value must occur as a word, a trailing star as its beginning; a value in
    /// inner quotes must occur as a whole.
    /// </summary>
    public static bool Text(Term term, string? actual)
    {
        if (term.Operator is "IS" or "IS NOT") return string.IsNullOrEmpty(actual) == (term.Operator == "IS");
        if (term.Operator is not ("~" or "!~")) throw Unsupported(term);
        return Contains(actual ?? "", term.Value.Text) != term.IsNegative;
    }

    static bool Contains(string text, string wanted)
    {
        if (wanted.Length > 2 && wanted[0] == '"' && wanted[^1] == '"') return text.Contains(wanted[1..^1], StringComparison.OrdinalIgnoreCase);
        // Most issues of a large site fall out here, before their words are taken apart.
        if (Words(wanted).Any(w => !text.Contains(w, StringComparison.OrdinalIgnoreCase))) return false;
        var words = Words(text).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return wanted.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(w => w.EndsWith('*')
            ? words.Any(x => x.StartsWith(w[..^1], StringComparison.OrdinalIgnoreCase))
            : Words(w).All(words.Contains));
    }

    static string[] Words(string text) => new string([.. text.Select(c => char.IsLetterOrDigit(c) || c == '_' ? c : ' ')]).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    public static QueryException Unsupported(Term term) => new($"The operator '{term.Operator}' is not supported by the '{term.Field}' field.");
}
