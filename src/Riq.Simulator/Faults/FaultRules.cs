using Riq.Simulator.Clock;
using Riq.Simulator.Exchange;

namespace Riq.Simulator.Faults;

/// <summary>The rules in force. The first rule that hits a call decides; without rules this costs a call nothing.</summary>
sealed class FaultRules(Chance chance)
{
    public const int MaxRules = 1000;

    readonly Lock _change = new();
    volatile FaultRule[] _rules = [];

    public IReadOnlyList<FaultRule> All => _rules;

    public FaultAction? Pick(Call call)
    {
        foreach (var rule in _rules)
            if (rule.TryHit(call.Method, call.Path, call.Route.Template, call.Marker, call.At, chance.Next)) return rule.Action;
        return null;
    }

    /// <summary>False when there would be too many.</summary>
    public bool Add(IReadOnlyCollection<FaultRule> rules)
    {
        lock (_change)
        {
            if (_rules.Length + rules.Count > MaxRules) return false;
            _rules = [.. _rules, .. rules];
            return true;
        }
    }

    /// <summary>Removes one rule, or all of them; returns how many went.</summary>
    public int Remove(string? id)
    {
        lock (_change)
        {
            var before = _rules.Length;
            _rules = id is null ? [] : [.. _rules.Where(r => r.Id != id)];
            return before - _rules.Length;
        }
    }
}
