using System.Collections.Concurrent;

namespace Riq.Simulator.Jira;

/// <summary>
/// Which issues have, or once had, a value: the candidates of a search, which looks at each again. Entries that no longer
/// hold stay, because a search may still have to see the old state.
/// </summary>
sealed class Postings
{
    readonly ConcurrentDictionary<string, ConcurrentDictionary<Issue, bool>> _issues = new(StringComparer.OrdinalIgnoreCase);

    public void Add(string value, Issue issue) => _issues.GetOrAdd(value, _ => new(1, 1)).TryAdd(issue, true);

    public void Remove(string value, Issue issue)
    {
        if (_issues.TryGetValue(value, out var having)) having.TryRemove(issue, out _);
    }

    public IEnumerable<Issue> Of(string value) => _issues.TryGetValue(value, out var having) ? having.Select(p => p.Key) : [];

    public void Clear() => _issues.Clear();
}
