using System.Text;

namespace Riq.Simulator.Query;

/// <summary>A word, a quoted text, or a sign; <paramref name="At"/> is its position for messages.</summary>
readonly record struct Token(TokenKind Kind, string Text, int At)
{
    public bool Is(string word) => Kind == TokenKind.Word && Text.Equals(word, StringComparison.OrdinalIgnoreCase);
}

enum TokenKind { Word, Quoted, Sign, End }

/// <summary>Cuts a query into tokens.</summary>
static class QueryLexer
{
    public const int MaxLength = 20_000;
    const string WordEnders = " \t\r\n()=!<>~,\"'";

    public static List<Token> Tokens(string query)
    {
        if (query.Length > MaxLength) throw new QueryException($"The query is longer than {MaxLength} characters.");
        var tokens = new List<Token>();
        for (var at = 0; at < query.Length;)
        {
            var c = query[at];
            if (char.IsWhiteSpace(c)) { at++; continue; }
            var token = c is '"' or '\'' ? Quoted(query, at, out at) : IsSign(c) ? Sign(query, at, out at) : Word(query, at, out at);
            tokens.Add(token);
        }
        tokens.Add(new(TokenKind.End, "", query.Length));
        return tokens;
    }

    static bool IsSign(char c) => c is '(' or ')' or ',' or '=' or '!' or '<' or '>' or '~';

    static Token Sign(string query, int at, out int next)
    {
        var two = at + 1 < query.Length ? query.Substring(at, 2) : "";
        var text = two is "!=" or "<=" or ">=" or "!~" ? two : query[at].ToString();
        next = at + text.Length;
        return new(TokenKind.Sign, text, at);
    }

    static Token Word(string query, int at, out int next)
    {
        next = at;
        while (next < query.Length && !WordEnders.Contains(query[next])) next++;
        return new(TokenKind.Word, query[at..next], at);
    }

    static Token Quoted(string query, int at, out int next)
    {
        var text = new StringBuilder();
        for (next = at + 1; next < query.Length && query[next] != query[at]; next++)
            text.Append(query[next] == '\\' && next + 1 < query.Length ? Escaped(query[++next]) : query[next]);
        if (next >= query.Length) throw new QueryException($"The quoted text that starts at character {at + 1} is not closed.");
        next++;
        return new(TokenKind.Quoted, text.ToString(), at);
    }

    static char Escaped(char c) => c switch { 'n' => '\n', 't' => '\t', 'r' => '\r', _ => c };
}
