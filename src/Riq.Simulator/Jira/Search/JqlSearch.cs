using Riq.Simulator.Accounts;
using Riq.Simulator.Query;

namespace Riq.Simulator.Jira.Search;

/// <summary>Runs a query over what the index sees, or, for reconciled issues, over what they say now.</summary>
sealed class JqlSearch(JiraStore store)
{
    /// <summary>The matching states in the query's order; throws <see cref="QueryException"/> for a query that cannot be run.</summary>
    public List<IssueState> Run(string jql, Account me, DateTimeOffset now, IReadOnlySet<long> reconciled, bool mustBeBounded)
    {
        var query = QueryParser.Parse(jql);
        if (query.Where is null && mustBeBounded) throw new QueryException("Unbounded JQL queries are not allowed here. Please add a search restriction to your query.");
        var fields = new JqlFields(store, me, now);
        fields.Check(query.Where);

        var found = new List<IssueState>();
        foreach (var issue in Candidates(query.Where))
            if (Seen(issue, now, reconciled) is { } state && Fulfils(state, query.Where, fields)) found.Add(state);
        found.Sort(Order(query.Order));
        return found;
    }

    static IssueState? Seen(Issue issue, DateTimeOffset now, IReadOnlySet<long> reconciled) =>
        reconciled.Count > 0 && issue.State is var state && reconciled.Contains(state.Id) ? state : issue.VisibleAt(now);

    static bool Fulfils(IssueState issue, Condition? condition, JqlFields fields) => condition switch
    {
        null => true,
        All all => all.Parts.All(p => Fulfils(issue, p, fields)),
        Any any => any.Parts.Any(p => Fulfils(issue, p, fields)),
        Not not => !Fulfils(issue, not.Inner, fields),
        Term term => fields.Matches(issue, term),
        _ => false,
    };

    IEnumerable<Issue> Candidates(Condition? where)
    {
        IEnumerable<Condition> parts = where is All all ? all.Parts : where is null ? [] : [where];
        return parts.OfType<Term>().Select(Narrowed).FirstOrDefault(n => n is not null) ?? store.All;
    }

    /// <summary>The few issues that can fulfil the comparison, where an index knows them.</summary>
    IEnumerable<Issue>? Narrowed(Term term)
    {
        if (term.Operator is not ("=" or "IN") || term.Values.Any(v => v.IsEmpty)) return null;
        return term.Field.ToLowerInvariant() switch
        {
            "labels" => term.Values.SelectMany(v => store.WithLabel(v.Text)).Distinct(),
            "key" or "issuekey" or "issue" or "id" => term.Values.Select(v => store.Find(v.Text)).OfType<Issue>().Distinct(),
            "parent" => term.Values.Select(v => store.Find(v.Text)?.State.Key ?? v.Text).SelectMany(store.ChildrenOf).Distinct(),
            _ => null,
        };
    }

    /// <summary>Without ORDER BY the newest come first.</summary>
    static Comparison<IssueState> Order(IReadOnlyList<SortKey> keys)
    {
        var comparisons = keys.Select(k => (By: By(k.Field), k.Descending)).ToArray();
        return (a, b) =>
        {
            foreach (var (by, descending) in comparisons)
                if (by(a, b) is var compared && compared != 0) return descending ? -compared : compared;
            return b.Id.CompareTo(a.Id);
        };
    }

    static Comparison<IssueState> By(string field) => field.ToLowerInvariant() switch
    {
        "key" or "issuekey" or "id" or "created" or "createddate" => (a, b) => a.Id.CompareTo(b.Id),
        "updated" or "updateddate" => (a, b) => a.Updated.CompareTo(b.Updated),
        "due" or "duedate" => (a, b) => Nullable.Compare(a.DueDate, b.DueDate),
        "priority" => (a, b) => string.CompareOrdinal(b.Priority.Id, a.Priority.Id),
        "status" => (a, b) => Array.IndexOf(JiraCatalog.Statuses, a.Status).CompareTo(Array.IndexOf(JiraCatalog.Statuses, b.Status)),
        "summary" => (a, b) => string.Compare(a.Summary, b.Summary, StringComparison.OrdinalIgnoreCase),
        "assignee" => (a, b) => string.CompareOrdinal(a.Assignee?.DisplayName, b.Assignee?.DisplayName),
        "issuetype" or "type" => (a, b) => string.CompareOrdinal(a.Type.Name, b.Type.Name),
        "project" => (a, b) => string.CompareOrdinal(a.Project.Key, b.Project.Key),
        "rank" => (a, b) => a.Id.CompareTo(b.Id),
        _ => throw new QueryException($"Not able to sort using field '{field}'."),
    };
}
