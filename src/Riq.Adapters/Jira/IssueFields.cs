using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Adapters.Texts;
using Riq.Contracts;

namespace Riq.Adapters.Jira;

/// <summary>Writes the <c>fields</c> of a create or an edit.</summary>
sealed class IssueFields(JiraSite site)
{
    // Set by RIQ's own fields; a second value among the custom ones would silently win or lose.
    static readonly string[] Owned = ["summary", "description", "project", "issuetype", "priority", "parent", "assignee", "labels"];

    /// <summary>Null when <paramref name="problem"/> says what the adapter refuses.</summary>
    public JsonObject? OfNew(NewTask task, string type, string? marker, out string? problem)
    {
        var fields = new JsonObject
        {
            ["project"] = KeyOrId(task.ProjectId),
            ["issuetype"] = Named(site.TypeName(type)),
            ["summary"] = task.Title,
        };
        problem = null;
        if (!string.IsNullOrEmpty(task.Description) && !SetDescription(fields, task.Description, ref problem)) return null;
        if (!string.IsNullOrEmpty(task.Priority)) fields["priority"] = Named(task.Priority);
        if (!string.IsNullOrEmpty(task.ParentId)) fields["parent"] = KeyOrId(task.ParentId);
        if (!string.IsNullOrEmpty(task.Assignee)) fields["assignee"] = Account(task.Assignee);
        var labels = Labels(task.Labels ?? [], marker);
        if (labels.Count > 0) fields["labels"] = labels;
        return AddCustom(fields, task.CustomFields, ref problem) ? fields : null;
    }

    /// <summary>Fields that are null stay out; an empty text or list clears the field.</summary>
    public JsonObject? OfChange(TaskChange change, out string? problem)
    {
        var fields = new JsonObject();
        problem = null;
        if (change.Title is not null) fields["summary"] = change.Title;
        if (change.Description is "") fields["description"] = null;
        else if (change.Description is not null && !SetDescription(fields, change.Description, ref problem)) return null;
        if (change.Type is not null) fields["issuetype"] = Named(site.TypeName(change.Type));
        Set(fields, "priority", change.Priority, Named);
        Set(fields, "parent", change.ParentId, KeyOrId);
        Set(fields, "assignee", change.Assignee, Account);
        if (change.Labels is not null) fields["labels"] = Labels(change.Labels, marker: null);
        return AddCustom(fields, change.CustomFields, ref problem) ? fields : null;
    }

    static void Set(JsonObject fields, string name, string? value, Func<string, JsonObject> write)
    {
        if (value is not null) fields[name] = value.Length == 0 ? null : write(value);
    }

    static bool SetDescription(JsonObject fields, string markdown, ref string? problem)
    {
        if (MarkdownToAdf.Convert(markdown) is not { } adf) { problem = $"description {MarkdownText.Refused}"; return false; }
        fields["description"] = adf;
        return true;
    }

    static bool AddCustom(JsonObject fields, IReadOnlyDictionary<string, JsonElement>? custom, ref string? problem)
    {
        foreach (var (name, value) in custom ?? new Dictionary<string, JsonElement>())
        {
            if (Owned.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                problem = $"custom_fields must not set {name}: the operation has a field of its own for it.";
                return false;
            }
            fields[name] = JsonNode.Parse(value.GetRawText());
        }
        return true;
    }

    static JsonArray Labels(IReadOnlyList<string> labels, string? marker)
    {
        var all = marker is null ? labels : [.. labels, RequestMarker.Label(marker)];
        return [.. all.Distinct(StringComparer.Ordinal).Select(l => (JsonNode)l)];
    }

    static JsonObject Named(string name) => new() { ["name"] = name };

    static JsonObject Account(string id) => new() { ["accountId"] = id };

    static JsonObject KeyOrId(string text) => new() { [TaskKey.IsNumeric(text) ? "id" : "key"] = text };
}
