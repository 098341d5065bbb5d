using System.Text.Json;
using Riq.Adapters.Http;
using Riq.Adapters.Texts;
using Riq.Contracts;

namespace Riq.Adapters.Jira;

/// <summary>An issue as Jira gives it → a task as RIQ shows it.</summary>
sealed class IssueReader(JiraSite site)
{
    const string CustomFieldPrefix = "customfield_";

    /// <summary>A value nested deeper is given as its text: readers of JSON stop at 64 levels.</summary>
    const int MaxDepth = 48;

    static readonly string[] Named =
        ["summary", "description", "issuetype", "status", "priority", "assignee", "reporter", "parent", "project", "labels", "duedate", "created", "updated"];

    /// <summary>What a search asks for: the default would be ids only.</summary>
    public IReadOnlyList<string> FieldsOfSearch { get; } = site.StoryPointsField is { } points ? [.. Named, points] : Named;

    /// <summary>One issue with all its custom fields, without what grows without bound.</summary>
    public static string FieldsOfOne { get; } = string.Join(',', [.. Named, "*all", "-comment", "-attachment", "-worklog"]);

    /// <summary>Null when the answer is no issue.</summary>
    public TaskItem? Read(JsonElement issue)
    {
        if (issue.Text("key") is not { } key) return null;
        var fields = issue.At("fields");
        var type = fields.At("issuetype");
        return new()
        {
            Id = key,
            ExternalId = issue.Text("id"),
            Title = fields.Text("summary"),
            Description = AdfToMarkdown.Convert(fields.At("description")),
            Type = type.Text("name") is { } name ? site.TypeOf(name, type.IsTrue("subtask")) : null,
            Status = fields.At("status").Text("name"),
            Priority = fields.At("priority").Text("name"),
            Assignee = Person(fields.At("assignee")),
            Reporter = Person(fields.At("reporter")),
            ParentId = fields.At("parent").Text("key"),
            ProjectId = fields.At("project").Text("key") ?? ProjectOf(key),
            Labels = fields.At("labels").ValueKind == JsonValueKind.Array ? LabelsOf(fields) : null,
            StoryPoints = site.StoryPointsField is { } points ? fields.Number(points) : null,
            DueDate = fields.Text("duedate"),
            CreatedAt = fields.Time("created"),
            UpdatedAt = fields.Time("updated"),
            DeepLink = site.LinkTo(key),
            CustomFields = CustomFieldsOf(fields),
        };
    }

    static string? Person(JsonElement user) => user.Text("accountId") ?? user.Text("name");   // Data Center names people

    public static string? ProjectOf(string key) => key.LastIndexOf('-') is > 0 and var dash ? key[..dash] : null;

    static List<string> LabelsOf(JsonElement fields) =>
        [.. fields.Items("labels").Where(l => l.ValueKind == JsonValueKind.String).Select(l => l.GetString()!).Where(l => !RequestMarker.IsLabel(l))];

    static Dictionary<string, JsonElement>? CustomFieldsOf(JsonElement fields)
    {
        if (fields.ValueKind != JsonValueKind.Object) return null;
        var custom = fields.Members()
            .Where(f => f.Key.StartsWith(CustomFieldPrefix, StringComparison.Ordinal) && f.Value.ValueKind != JsonValueKind.Null)
            .ToDictionary(f => f.Key, f => f.Value.Depth() <= MaxDepth ? f.Value : JsonSerializer.SerializeToElement(f.Value.GetRawText()));
        return custom.Count == 0 ? null : custom;
    }
}
