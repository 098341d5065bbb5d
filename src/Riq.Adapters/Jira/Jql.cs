using Riq.Contracts;

namespace Riq.Adapters.Jira;

/// <summary>Builds JQL from the filters of a search. Every value is quoted: none can add a condition of its own.</summary>
static class Jql
{
    /// <summary>Null when the query has no filter at all: Jira refuses searches without a bound.</summary>
    public static string? From(TaskQuery query, JiraSite site)
    {
        var conditions = new List<string>();
        Add(conditions, "project", query.ProjectId);
        Add(conditions, "status", query.Status);
        Add(conditions, "issuetype", string.IsNullOrWhiteSpace(query.Type) ? null : site.TypeName(query.Type.Trim()));
        Add(conditions, "assignee", query.Assignee);
        foreach (var label in query.Labels ?? []) Add(conditions, "labels", label);
        Add(conditions, "parent", query.ParentId);
        if (SearchText.Words(query.Text) is { } words) conditions.Add($"text ~ {SearchText.Quote(words)}");
        return conditions.Count == 0 ? null : string.Join(" AND ", conditions) + " ORDER BY created DESC";
    }

    static void Add(List<string> conditions, string field, string? value)
    {
        if (!string.IsNullOrWhiteSpace(value)) conditions.Add($"{field} = {SearchText.Quote(value.Trim())}");
    }
}
