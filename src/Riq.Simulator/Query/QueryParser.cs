namespace Riq.Simulator.Query;

/// <summary>
/// Reads a query by recursive descent: OR binds weakest, then AND, then NOT; comparisons and parentheses bind strongest;
/// ORDER BY ends it.
/// </summary>
sealed class QueryParser
{
    const int MaxDepth = 50, MaxValues = 1000;

    readonly List<Token> _tokens;
    int _at;
    int _depth;

    QueryParser(string query) => _tokens = QueryLexer.Tokens(query);

    public static ParsedQuery Parse(string query)
    {
        var parser = new QueryParser(query);
        var where = parser.StartsOrder() || parser.Next.Kind == TokenKind.End ? null : parser.Or();
        var order = parser.StartsOrder() ? parser.OrderBy() : [];
        if (parser.Next.Kind != TokenKind.End) throw parser.Unexpected("the end of the query, AND, OR or ORDER BY");
        return new(where, order);
    }

    Token Next => _tokens[_at];

    Condition Or()
    {
        var parts = new List<Condition> { And() };
        while (Skip("OR")) parts.Add(And());
        return parts.Count == 1 ? parts[0] : new Any(parts);
    }

    Condition And()
    {
        var parts = new List<Condition> { Negation() };
        while (Skip("AND")) parts.Add(Negation());
        return parts.Count == 1 ? parts[0] : new All(parts);
    }

    Condition Negation()
    {
        if (++_depth > MaxDepth) throw new QueryException($"The query is nested deeper than {MaxDepth} levels.");
        try
        {
            if (Skip("NOT") || SkipSign("!")) return new Not(Negation());
            if (!SkipSign("(")) return Comparison();
            var inner = Or();
            Require(")");
            return inner;
        }
        finally { _depth--; }
    }

    Term Comparison()
    {
        var field = Name("a field");
        if (Skip("IS")) return new(field, Skip("NOT") ? "IS NOT" : "IS", [EmptyWord()]);
        if (Skip("IN")) return new(field, "IN", List());
        if (Next.Is("NOT") && _tokens[_at + 1].Is("IN")) { _at += 2; return new(field, "NOT IN", List()); }
        if (Next is { Kind: TokenKind.Sign, Text: "=" or "!=" or "~" or "!~" or "<" or "<=" or ">" or ">=" } sign)
        {
            _at++;
            return new(field, sign.Text, [Value()]);
        }
        throw Unexpected("an operator such as =, !=, ~, IN or IS");
    }

    Operand EmptyWord() => Value() is { IsEmpty: true } empty ? empty : throw new QueryException("IS and IS NOT take only EMPTY or NULL.");

    List<Operand> List()
    {
        Require("(");
        var values = new List<Operand> { Value() };
        while (SkipSign(","))
        {
            if (values.Count >= MaxValues) throw new QueryException($"A list has more than {MaxValues} values.");
            values.Add(Value());
        }
        Require(")");
        return values;
    }

    Operand Value()
    {
        var token = Next;
        if (token.Kind is not (TokenKind.Word or TokenKind.Quoted) || IsReserved(token)) throw Unexpected("a value");
        _at++;
        if (token.Kind == TokenKind.Quoted) return new(token.Text, IsQuoted: true);
        if (!SkipSign("(")) return new(token.Text);
        var argument = Next.Kind is TokenKind.Word or TokenKind.Quoted ? _tokens[_at++].Text : "";
        Require(")");
        return new(argument.Length == 0 ? token.Text : $"{token.Text}({argument})", IsFunction: true);
    }

    List<SortKey> OrderBy()
    {
        _at += 2;
        var keys = new List<SortKey>();
        do
        {
            var field = Name("a field to order by");
            var descending = Skip("DESC");
            if (!descending) Skip("ASC");
            keys.Add(new(field, descending));
        } while (SkipSign(","));
        return keys;
    }

    bool StartsOrder() => Next.Is("ORDER") && _tokens[_at + 1].Is("BY");

    string Name(string what)
    {
        if (Next.Kind is not (TokenKind.Word or TokenKind.Quoted) || IsReserved(Next)) throw Unexpected(what);
        return _tokens[_at++].Text;
    }

    static bool IsReserved(Token token) => token.Is("AND") || token.Is("OR") || token.Is("NOT") || token.Is("IN") || token.Is("IS") || token.Is("ORDER");

    bool Skip(string word)
    {
        if (!Next.Is(word)) return false;
        _at++;
        return true;
    }

    bool SkipSign(string sign)
    {
        if (Next.Kind != TokenKind.Sign || Next.Text != sign) return false;
        _at++;
        return true;
    }

    void Require(string sign)
    {
        if (!SkipSign(sign)) throw Unexpected($"'{sign}'");
    }

    QueryException Unexpected(string wanted) => new(Next.Kind == TokenKind.End
        ? $"Expecting {wanted} before the end of the query."
        : $"Expecting {wanted} but got '{Next.Text}' (character {Next.At + 1}).");
}
