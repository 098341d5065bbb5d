using System.Globalization;
using System.Text.Json.Nodes;
using Riq.Simulator.Exchange;
using Riq.Simulator.Jira.Adf;

namespace Riq.Simulator.Jira;

/// <summary>Which fields an answer shows: names, <c>*all</c>, <c>*navigable</c>, and names with a minus to leave out.</summary>
sealed class FieldChoice
{
    readonly bool _all;
    readonly HashSet<string> _named, _without;

    public FieldChoice(IEnumerable<string> fields)
    {
        var given = fields.ToArray();
        _without = [.. given.Where(f => f.StartsWith('-')).Select(f => f[1..])];
        _named = [.. given.Where(f => !f.StartsWith('-') && !f.StartsWith('*'))];
        _all = given.Contains("*all") || given.Contains("*navigable") || _named.Count == 0 && _without.Count > 0;
    }

    public static readonly FieldChoice Everything = new(["*all"]);

    public bool Has(string field) => !_without.Contains(field) && (_all || _named.Contains(field));

    /// <summary>Searches show the id only when no field was asked for.</summary>
    public bool IsIdOnly => !_all && _named.All(f => f is "id" or "key");
}

/// <summary>Issues, comments and links to them as the API shows them.</summary>
sealed class IssueJson(JiraStore store)
{
    public JsonObject Issue(Call call, IssueState issue, FieldChoice choice, IReadOnlyCollection<string>? properties = null)
    {
        var json = Reference(call, issue);
        json["expand"] = "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations";
        if (!choice.IsIdOnly) json["fields"] = Fields(call, issue, choice);
        if (properties is { Count: > 0 }) json["properties"] = Properties(issue, properties);
        return json;
    }

    public static JsonObject Reference(Call call, IssueState issue)
    {
        var id = issue.Id.ToString(CultureInfo.InvariantCulture);
        return new() { ["id"] = id, ["key"] = issue.Key, ["self"] = $"{call.Origin}/rest/api/{(call.PlainText ? 2 : 3)}/issue/{id}" };
    }

    JsonObject Fields(Call call, IssueState issue, FieldChoice choice)
    {
        var fields = new JsonObject();
        void Add(string name, Func<JsonNode?> value) { if (choice.Has(name)) fields[name] = value(); }

        Add("summary", () => issue.Summary);
        Add("description", () => Text(issue.Description, call.PlainText));
        Add("issuetype", () => issue.Type.ToJson(call.Origin));
        Add("project", () => ProjectJson(call, issue.Project));
        Add("status", () => issue.Status.ToJson(call.Origin));
        Add("statuscategorychangedate", () => Time(issue.StatusSince));
        Add("priority", () => issue.Priority.ToJson(call.Origin));
        Add("labels", () => new JsonArray([.. issue.Labels.Select(l => (JsonNode)l)]));
        Add("assignee", () => issue.Assignee?.ToJira(call.Origin, call.DataCenter));
        Add("reporter", () => issue.Reporter.ToJira(call.Origin, call.DataCenter));
        Add("creator", () => issue.Creator.ToJira(call.Origin, call.DataCenter));
        Add("duedate", () => issue.DueDate?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        Add("created", () => Time(issue.Created));
        Add("updated", () => Time(issue.Updated));
        Add("resolution", () => issue.Status == JiraCatalog.Done ? new JsonObject { ["id"] = "10000", ["name"] = "Done", ["description"] = "", ["self"] = $"{call.Origin}/rest/api/3/resolution/10000" } : null);
        Add("resolutiondate", () => issue.Status == JiraCatalog.Done ? Time(issue.StatusSince) : null);
        Add("subtasks", () => Subtasks(call, issue));
        Add("comment", () => Comments(call, issue));
        if (issue.ParentKey is { } parent && choice.Has("parent")) fields["parent"] = Parent(call, parent);
        foreach (var custom in JiraCatalog.CustomFields) Add(custom.Id, () => issue.Custom.TryGetValue(custom.Id, out var value) ? JsonValue.Create(value) : null);
        return fields;
    }

    public static JsonObject Comment(Call call, string issueKey, Comment comment, bool withProperties)
    {
        var id = comment.Id.ToString(CultureInfo.InvariantCulture);
        var json = new JsonObject
        {
            ["self"] = $"{call.Origin}/rest/api/{(call.PlainText ? 2 : 3)}/issue/{issueKey}/comment/{id}", ["id"] = id,
            ["author"] = comment.Author.ToJira(call.Origin, call.DataCenter), ["body"] = Text(comment.Body, call.PlainText),
            ["updateAuthor"] = comment.Author.ToJira(call.Origin, call.DataCenter), ["created"] = Time(comment.Created), ["updated"] = Time(comment.Updated), ["jsdPublic"] = true,
        };
        if (withProperties) json["properties"] = new JsonArray([.. comment.Properties.Select(p => (JsonNode)new JsonObject { ["key"] = p.Key, ["value"] = Node(p.Value) })]);
        return json;
    }

    public static JsonObject ProjectJson(Call call, Project project) => new()
    {
        ["self"] = $"{call.Origin}/rest/api/3/project/{project.Id}", ["id"] = project.Id, ["key"] = project.Key, ["name"] = project.Name,
        ["projectTypeKey"] = "software", ["simplified"] = false, ["avatarUrls"] = new JsonObject { ["48x48"] = $"{call.Origin}/images/project.png" },
    };

    /// <summary>Jira's times have milliseconds and an offset without colon.</summary>
    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'+0000'", CultureInfo.InvariantCulture);

    public static JsonNode? Node(System.Text.Json.JsonElement value) => value.ValueKind switch
    {
        System.Text.Json.JsonValueKind.Object => JsonObject.Create(value),
        System.Text.Json.JsonValueKind.Array => JsonArray.Create(value),
        System.Text.Json.JsonValueKind.Null or System.Text.Json.JsonValueKind.Undefined => null,
        _ => JsonValue.Create(value),
    };

    static JsonNode? Text(System.Text.Json.JsonElement text, bool plain)
    {
        if (!plain) return AdfText.ToDocument(text);
        var words = AdfText.Plain(text);
        return words.Length == 0 ? null : words;
    }

    JsonArray Subtasks(Call call, IssueState issue) => new([.. store.ChildrenOf(issue.Key)
        .Select(c => c.State).Where(c => c.Type.IsSubtask && c.ParentKey == issue.Key).OrderBy(c => c.Id).Select(c => (JsonNode)Linked(call, c))]);

    JsonObject? Parent(Call call, string key) => store.Find(key) is { } parent ? Linked(call, parent.State) : null;

    static JsonObject Linked(Call call, IssueState issue)
    {
        var json = Reference(call, issue);
        json["fields"] = new JsonObject
        {
            ["summary"] = issue.Summary, ["status"] = issue.Status.ToJson(call.Origin), ["priority"] = issue.Priority.ToJson(call.Origin), ["issuetype"] = issue.Type.ToJson(call.Origin),
        };
        return json;
    }

    static JsonObject Comments(Call call, IssueState issue) => new()
    {
        ["comments"] = new JsonArray([.. issue.Comments.Take(100).Select(c => (JsonNode)Comment(call, issue.Key, c, withProperties: false))]),
        ["self"] = $"{call.Origin}/rest/api/3/issue/{issue.Id}/comment", ["maxResults"] = issue.Comments.Count, ["total"] = issue.Comments.Count, ["startAt"] = 0,
    };

    static JsonObject Properties(IssueState issue, IReadOnlyCollection<string> names)
    {
        var json = new JsonObject();
        foreach (var (key, value) in issue.Properties)
            if (names.Contains("*all") || names.Contains(key)) json[key] = Node(value);
        return json;
    }
}
