using System.Globalization;
using Riq.Simulator.Accounts;
using Riq.Simulator.Jira.Adf;
using Riq.Simulator.Query;

namespace Riq.Simulator.Jira.Search;

/// <summary>What the fields of JQL mean: whether an issue fulfils one comparison, and whether the comparison makes sense at all.</summary>
sealed class JqlFields(JiraStore store, Account me, DateTimeOffset now)
{
    const string Numbers = "0123456789";

    public static readonly string[] Known =
    [
        "project", "labels", "status", "statusCategory", "key", "issuekey", "issue", "id", "issuetype", "type", "parent", "assignee", "reporter", "creator", "priority",
        "summary", "description", "text", "comment", "created", "createdDate", "updated", "updatedDate", "due", "duedate", "resolution",
    ];

    public bool Matches(IssueState issue, Term term) => term.Field.ToLowerInvariant() switch
    {
        "project" => Matching.OneOf(term, issue.Project.Key, (v, _) => store.Project(v.Text) == issue.Project || Matching.Same(v, issue.Project.Name)),
        "labels" => Matching.AnyOf(term, issue.Labels),
        "status" => Matching.OneOf(term, issue.Status.Name, (v, _) => JiraCatalog.Status(v.Text) == issue.Status),
        "statuscategory" => Matching.OneOf(term, issue.Status.CategoryKey, (v, key) => Matching.Same(v, key) || Matching.Same(v, issue.Status.Name)),
        "key" or "issuekey" or "issue" or "id" => Key(term, issue),
        "issuetype" or "type" => Matching.OneOf(term, issue.Type.Name, (v, _) => JiraCatalog.Type(v.Text) == issue.Type),
        "parent" => Matching.OneOf(term, issue.ParentKey, (v, key) => Matching.Same(v, key) || store.Find(v.Text)?.State.Key == key),
        "assignee" => Matching.OneOf(term, issue.Assignee?.AccountId, IsUser),
        "reporter" => Matching.OneOf(term, issue.Reporter.AccountId, IsUser),
        "creator" => Matching.OneOf(term, issue.Creator.AccountId, IsUser),
        "priority" => Matching.OneOf(term, issue.Priority.Name, (v, _) => JiraCatalog.Priority(v.Text) == issue.Priority),
        "resolution" => Matching.OneOf(term, issue.Status == JiraCatalog.Done ? "Done" : null, (v, name) => Matching.Same(v, name) || name is null && Matching.Same(v, "Unresolved")),
        "summary" => Matching.Text(term, issue.Summary),
        "description" => Matching.Text(term, AdfText.Plain(issue.Description)),
        "comment" => Matching.Text(term, string.Join('\n', issue.Comments.Select(c => AdfText.Plain(c.Body)))),
        "text" => Matching.Text(term, issue.FullText()),
        "created" or "createddate" => Time(term, issue.Created),
        "updated" or "updateddate" => Time(term, issue.Updated),
        "due" or "duedate" => Time(term, issue.DueDate is { } due ? new DateTimeOffset(due, default, TimeSpan.Zero) : null),
        _ => Custom(term, issue),
    };

    /// <summary>Throws for a field that does not exist and for a value that its field cannot have.</summary>
    public void Check(Condition? condition)
    {
        switch (condition)
        {
            case All all: foreach (var part in all.Parts) Check(part); break;
            case Any any: foreach (var part in any.Parts) Check(part); break;
            case Not not: Check(not.Inner); break;
            case Term term: Check(term); break;
        }
    }

    void Check(Term term)
    {
        if (!Known.Contains(term.Field, StringComparer.OrdinalIgnoreCase) && CustomOf(term.Field) is null)
            throw new QueryException($"Field '{term.Field}' does not exist or you do not have permission to view it.");
        foreach (var value in term.Values)
            if (!value.IsEmpty && !Exists(term.Field.ToLowerInvariant(), value)) throw Missing(term.Field, value);
        Matches(Sample, term);
    }

    bool Exists(string field, Operand value) => field switch
    {
        "project" => store.Projects.Any(p => Matching.Same(value, p.Key) || Matching.Same(value, p.Name) || p.Id == value.Text),
        "status" => JiraCatalog.Status(value.Text) is not null,
        "issuetype" or "type" => JiraCatalog.Type(value.Text) is not null,
        "priority" => JiraCatalog.Priority(value.Text) is not null,
        "key" or "issuekey" or "issue" or "id" or "parent" => store.Find(value.Text) is not null,
        "assignee" or "reporter" or "creator" => value.IsFunction || AccountDirectory.Find(value.Text) is not null,
        _ => true,
    };

    static QueryException Missing(string field, Operand value) => field.ToLowerInvariant() is "key" or "issuekey" or "issue" or "id" or "parent"
        ? new($"An issue with key '{value.Text}' does not exist for field '{field}'.")
        : new($"The value '{value.Text}' does not exist for the field '{field}'.");

    /// <summary>Comparisons are tried once before the search, so that a wrong operator is found also when there is no issue.</summary>
    static readonly IssueState Sample = new()
    {
        Id = 0, Key = "NONE-0", Project = new Project("0", "NONE", "None"), Type = JiraCatalog.Types[0], Assignee = AccountDirectory.Integration, DueDate = DateOnly.MinValue,
    };

    bool IsUser(Operand value, string? accountId) => value.IsFunction
        ? value.Text.Equals("currentUser", StringComparison.OrdinalIgnoreCase) ? accountId == me.AccountId : throw new QueryException($"Unable to find the function '{value.Text}'.")
        : AccountDirectory.Find(value.Text)?.AccountId == accountId;

    static bool Key(Term term, IssueState issue)
    {
        if (term.Operator is not ("<" or "<=" or ">" or ">=")) return Matching.OneOf(term, issue.Key, (v, key) => Matching.Same(v, key) || v.Text == issue.Id.ToString(CultureInfo.InvariantCulture));
        return term.Value.Text.All(Numbers.Contains)
            ? Matching.Ordered(term, issue.Id.CompareTo(long.Parse(term.Value.Text, CultureInfo.InvariantCulture)))
            : Matching.Ordered(term, Number(issue.Key).CompareTo(Number(term.Value.Text)));
    }

    static long Number(string key) => long.TryParse(key.AsSpan(key.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    bool Time(Term term, DateTimeOffset? at)
    {
        if (term.Operator is "IS" or "IS NOT") return at is null == (term.Operator == "IS");
        return Matching.Ordered(term, (at ?? DateTimeOffset.MinValue).CompareTo(QueryTime.Parse(term.Value, now))) && at is not null;
    }

    static bool Custom(Term term, IssueState issue)
    {
        var field = CustomOf(term.Field) ?? throw new QueryException($"Field '{term.Field}' does not exist or you do not have permission to view it.");
        string? value = issue.Custom.TryGetValue(field.Id, out var given) ? given.ToString() : null;
        if (!field.IsNumber) return term.Operator is "~" or "!~" ? Matching.Text(term, value) : Matching.OneOf(term, value, Matching.Same);
        if (term.Operator is "IS" or "IS NOT") return value is null == (term.Operator == "IS");
        if (!double.TryParse(term.Value.Text, CultureInfo.InvariantCulture, out var wanted)) throw new QueryException($"The value '{term.Value.Text}' is not a number for the field '{term.Field}'.");
        return Matching.Ordered(term, value is null ? -1 : given.GetDouble().CompareTo(wanted)) && value is not null;
    }

    /// <summary>A custom field by its name, its id, or as <c>cf[10050]</c>.</summary>
    static CustomField? CustomOf(string name) => JiraCatalog.CustomFields.FirstOrDefault(f =>
        f.Name.Equals(name, StringComparison.OrdinalIgnoreCase) || f.Id.Equals(name, StringComparison.OrdinalIgnoreCase)
        || name.Equals($"cf[{f.Id["customfield_".Length..]}]", StringComparison.OrdinalIgnoreCase));
}
