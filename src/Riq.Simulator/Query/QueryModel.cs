namespace Riq.Simulator.Query;

/// <summary>The search language that JQL and CQL share; what fields there are and what they mean is theirs.</summary>
abstract record Condition;

sealed record All(IReadOnlyList<Condition> Parts) : Condition;

sealed record Any(IReadOnlyList<Condition> Parts) : Condition;

sealed record Not(Condition Inner) : Condition;

/// <summary>One comparison. Operators are upper-case and single-spaced: <c>=</c>, <c>!=</c>, <c>~</c>, <c>!~</c>, <c>&lt;</c> …, <c>IN</c>, <c>NOT IN</c>, <c>IS</c>, <c>IS NOT</c>.</summary>
sealed record Term(string Field, string Operator, IReadOnlyList<Operand> Values) : Condition
{
    public Operand Value => Values[0];
    public bool IsNegative => Operator is "!=" or "NOT IN" or "!~" or "IS NOT";
}

/// <summary>A value, or a call like <c>currentUser()</c>. EMPTY and NULL are values that were not quoted.</summary>
sealed record Operand(string Text, bool IsFunction = false, bool IsQuoted = false)
{
    public bool IsEmpty => !IsQuoted && !IsFunction && (Text.Equals("EMPTY", StringComparison.OrdinalIgnoreCase) || Text.Equals("NULL", StringComparison.OrdinalIgnoreCase));
}

sealed record SortKey(string Field, bool Descending);

/// <summary>A whole query; without <paramref name="Where"/> it is unbounded.</summary>
sealed record ParsedQuery(Condition? Where, IReadOnlyList<SortKey> Order);

/// <summary>A query that cannot be understood; the message is for the caller.</summary>
sealed class QueryException(string message) : Exception(message);
