using System.Globalization;
using Riq.Simulator.Query;
using SortKey = Riq.Simulator.Query.SortKey;

namespace Riq.Simulator.Confluence;

/// <summary>Runs a CQL query over what the index sees.</summary>
sealed class CqlSearch(ConfluenceStore store)
{
    /// <summary>The matching pages in the query's order; throws <see cref="QueryException"/> for a query that cannot be run.</summary>
    public List<PageState> Run(string cql, DateTimeOffset now)
    {
        var query = QueryParser.Parse(cql);
        if (query.Where is not { } where) throw new QueryException("A CQL query needs a restriction.");
        Check(where, now);
        var found = store.All.Select(p => p.VisibleAt(now)).OfType<PageState>().Where(p => p.Status == "current" && Fulfils(p, where, now)).ToList();
        found.Sort(Order(query.Order));
        return found;
    }

    bool Fulfils(PageState page, Condition condition, DateTimeOffset now) => condition switch
    {
        All all => all.Parts.All(p => Fulfils(page, p, now)),
        Any any => any.Parts.Any(p => Fulfils(page, p, now)),
        Not not => !Fulfils(page, not.Inner, now),
        Term term => Matches(page, term, now),
        _ => false,
    };

    bool Matches(PageState page, Term term, DateTimeOffset now) => term.Field.ToLowerInvariant() switch
    {
        "type" => Matching.OneOf(term, "page", Matching.Same),
        "space" or "space.key" => Matching.OneOf(term, page.Space.Key, (v, key) => Matching.Same(v, key) || v.Text == PageJson.Id(page.Space.Id)),
        "title" => term.Operator is "~" or "!~" ? Matching.Text(term, page.Title) : Matching.OneOf(term, page.Title, Matching.Same),
        "text" or "sitesearch" => Matching.Text(term, $"{page.Title}\n{StorageFormat.Text(page.Body)}"),
        "label" => Matching.AnyOf(term, page.Labels),
        "id" or "content" => Matching.OneOf(term, PageJson.Id(page.Id), Matching.Same),
        "parent" => Matching.OneOf(term, page.ParentId is { } parent ? PageJson.Id(parent) : null, Matching.Same),
        "ancestor" => Matching.AnyOf(term, [.. Ancestors(page)]),
        "creator" or "contributor" => Matching.OneOf(term, page.Owner.AccountId, (v, id) => v.IsFunction || Matching.Same(v, id)),
        "created" => Matching.Ordered(term, page.CreatedAt.CompareTo(QueryTime.Parse(term.Value, now))),
        "lastmodified" => Matching.Ordered(term, page.Version.At.CompareTo(QueryTime.Parse(term.Value, now))),
        _ => throw new QueryException($"Could not parse cql: the field '{term.Field}' is not known."),
    };

    /// <summary>Every comparison is tried once, so that a wrong one is found also when no page gets to it.</summary>
    void Check(Condition condition, DateTimeOffset now)
    {
        switch (condition)
        {
            case All all: foreach (var part in all.Parts) Check(part, now); break;
            case Any any: foreach (var part in any.Parts) Check(part, now); break;
            case Not not: Check(not.Inner, now); break;
            case Term term: Matches(Sample, term, now); break;
        }
    }

    static readonly PageState Sample = new()
    {
        Id = 0, Space = new(0, "NONE", "None"), Title = "", Status = "current", Body = "", Representation = "storage", Owner = Accounts.Account.Nobody,
        CreatedAt = default, Version = new(1, "", false, Accounts.Account.Nobody, default),
    };

    IEnumerable<string> Ancestors(PageState page)
    {
        for (var parent = page.ParentId; parent is { } id; parent = store.Find(PageJson.Id(id))?.State.ParentId) yield return id.ToString(CultureInfo.InvariantCulture);
    }

    static Comparison<PageState> Order(IReadOnlyList<SortKey> keys)
    {
        var comparisons = keys.Select(k => (By: By(k.Field), k.Descending)).ToArray();
        return (a, b) =>
        {
            foreach (var (by, descending) in comparisons)
                if (by(a, b) is var compared && compared != 0) return descending ? -compared : compared;
            return a.Id.CompareTo(b.Id);
        };
    }

    static Comparison<PageState> By(string field) => field.ToLowerInvariant() switch
    {
        "title" => (a, b) => string.Compare(a.Title, b.Title, StringComparison.OrdinalIgnoreCase),
        "created" or "id" => (a, b) => a.Id.CompareTo(b.Id),
        "lastmodified" => (a, b) => a.Version.At.CompareTo(b.Version.At),
        _ => throw new QueryException($"Could not parse cql: not able to order by '{field}'."),
    };
}
