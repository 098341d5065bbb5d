namespace Riq.Contracts;

/// <summary>Gathers what is wrong with an input, so that one answer names every fault.</summary>
public sealed class ProblemList
{
    /// <summary>Not more fields than this are listed, and not more faults of one field: the first ones say enough.</summary>
    public const int MaxListed = 50;

    readonly Dictionary<string, string[]> _byField = [];

    /// <summary>Each faulty field with what is wrong with it.</summary>
    public IReadOnlyDictionary<string, string[]> ByField => _byField;

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsEmpty => _byField.Count == 0;

    /// <summary>Adds a fault: the field's path and a sentence that goes on from it ("must be …").</summary>
    public void Add(string field, string problem)
    {
        if (_byField.Count >= MaxListed && !_byField.ContainsKey(field)) return;
        var others = _byField.GetValueOrDefault(field, []);
        if (others.Length < MaxListed) _byField[field] = [.. others, problem];
    }

    /// <summary>Every fault in one line each.</summary>
    public override string ToString() => string.Join(" ", _byField.SelectMany(f => f.Value.Select(p => $"{f.Key} {p}")));

    /// <summary>A name that a client made up, safe to show in an answer: control characters replaced, cut at 64.</summary>
    public static string Printable(string name)
    {
        var cut = name.Length > 64 ? name[..64] + "…" : name;
        return string.Concat(cut.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
    }
}
