namespace Riq.Engine.Security;

/// <summary>What a caller of the REST interface may do.</summary>
[Flags]
public enum Scopes
{
    None = 0,
    /// <summary>Submit, and cancel one's own requests.</summary>
    Submit = 1,
    /// <summary>See one's own requests and the services.</summary>
    Read = 2,
    /// <summary>See everybody's requests and decide about them; pause services, enter credentials, read the audit trail.</summary>
    Operate = 4,
}

/// <summary>Scopes as they are written in settings, tokens and tables.</summary>
static class ScopeWords
{
    static readonly (Scopes Scope, string Word)[] Known = [(Scopes.Submit, "submit"), (Scopes.Read, "read"), (Scopes.Operate, "operate")];

    public static string All { get; } = string.Join(", ", Known.Select(k => k.Word));

    public static string[] Of(Scopes scopes) => [.. Known.Where(k => scopes.HasFlag(k.Scope)).Select(k => k.Word)];

    /// <summary>What the words stand for; words that mean nothing here are left out.</summary>
    public static Scopes Of(IEnumerable<string> words) => words.Aggregate(Scopes.None, (all, word) => all | One(word));

    /// <summary>Null when one of the words is no scope, or when there is none.</summary>
    public static Scopes? Parse(string text)
    {
        var words = text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);
        return words.Length > 0 && words.All(w => One(w) != Scopes.None) ? Of(words) : null;
    }

    static Scopes One(string word) => Known.FirstOrDefault(k => k.Word == word).Scope;
}
