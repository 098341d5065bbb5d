using System.Text.Json.Nodes;
using Riq.Simulator.Accounts;
using Riq.Simulator.Exchange;

namespace Riq.Simulator.Jira;

/// <summary>What the site is set up with: projects, types, fields, priorities, people.</summary>
sealed class MetadataRoutes(JiraStore store)
{
    public void Map(RouteTable.RouteGroup routes) => routes
        .Read("myself", call => Answer.Ok(call.Account.ToJira(call.Origin, call.DataCenter)))
        .Read("serverInfo", ServerInfo)
        .Read("project", call => Answer.Ok(List(store.Projects, p => IssueJson.ProjectJson(call, p))))
        .Read("project/search", ProjectSearch)
        .Read("project/{project}", call => Answer.Ok(FullProject(call, Project(call))))
        .Read("project/{project}/statuses", Statuses)
        .Read("issuetype", call => Answer.Ok(List(JiraCatalog.Types, t => t.ToJson(call.Origin))))
        .Read("issuetype/project", call => Answer.Ok(List(JiraCatalog.Types, t => t.ToJson(call.Origin))))
        .Read("priority", call => Answer.Ok(List(JiraCatalog.Priorities, p => p.ToJson(call.Origin))))
        .Read("priority/search", call => Answer.Ok(PageOf("values", List(JiraCatalog.Priorities, p => p.ToJson(call.Origin)), JiraCatalog.Priorities.Length)))
        .Read("status", call => Answer.Ok(List(JiraCatalog.Statuses, s => s.ToJson(call.Origin))))
        .Read("field", call => Answer.Ok(FieldsJson()))
        .Read("issue/createmeta/{project}/issuetypes", CreateTypes)
        .Read("issue/createmeta/{project}/issuetypes/{type}", CreateFields)
        .Read("user/search", Users)
        .Read("user/assignable/search", Users);

    static Answer ServerInfo(Call call) => Answer.Ok(new JsonObject
    {
        ["baseUrl"] = call.Origin, ["version"] = call.DataCenter ? "10.3.0" : "1001.0.0-SNAPSHOT", ["versionNumbers"] = call.DataCenter ? new JsonArray(10, 3, 0) : new JsonArray(1001, 0, 0),
        ["deploymentType"] = call.DataCenter ? "Server" : "Cloud", ["buildNumber"] = 100300, ["buildDate"] = "2026-01-01T00:00:00.000+0000",
        ["serverTime"] = IssueJson.Time(call.WorkAt), ["scmInfo"] = "simulated", ["serverTitle"] = "Jira", ["serverTimeZone"] = "Etc/UTC",
    });

    Answer ProjectSearch(Call call)
    {
        var wanted = call.QueryList("keys");
        var all = store.Projects.Where(p => wanted is null || wanted.Contains(p.Key, StringComparer.OrdinalIgnoreCase)).ToArray();
        int startAt = call.QueryInt("startAt", 0, 0, int.MaxValue), size = call.QueryInt("maxResults", 50, 1, 100);
        var page = all.Skip(startAt).Take(size).ToArray();
        return Answer.Ok(new JsonObject
        {
            ["self"] = $"{call.Origin}{call.Path}", ["maxResults"] = size, ["startAt"] = startAt, ["total"] = all.Length, ["isLast"] = startAt + page.Length >= all.Length,
            ["values"] = List(page, p => IssueJson.ProjectJson(call, p)),
        });
    }

    static JsonObject FullProject(Call call, Project project)
    {
        var json = IssueJson.ProjectJson(call, project);
        json["lead"] = AccountDirectory.All[1].ToJira(call.Origin, call.DataCenter);
        json["issueTypes"] = List(JiraCatalog.Types, t => t.ToJson(call.Origin));
        (json["components"], json["versions"], json["assigneeType"], json["style"], json["isPrivate"]) = (new JsonArray(), new JsonArray(), "UNASSIGNED", "classic", false);
        return json;
    }

    Answer Statuses(Call call)
    {
        Project(call);
        return Answer.Ok(List(JiraCatalog.Types, t =>
        {
            var json = t.ToJson(call.Origin);
            json["statuses"] = List(JiraCatalog.Statuses, s => s.ToJson(call.Origin));
            return json;
        }));
    }

    Answer CreateTypes(Call call)
    {
        Project(call);
        return Answer.Ok(PageOf("issueTypes", List(JiraCatalog.Types, t => t.ToJson(call.Origin)), JiraCatalog.Types.Length));
    }

    Answer CreateFields(Call call)
    {
        Project(call);
        if (JiraCatalog.Type(call.Segment("type")) is not { } type) throw SiteException.Jira(404, "Issue type not found.");
        var fields = FieldsJson(onScreen: true);
        foreach (var field in fields.OfType<JsonObject>())
        {
            var id = field["id"]!.GetValue<string>();
            (field["fieldId"], field["required"], field["hasDefaultValue"]) = (id, id is "project" or "issuetype" or "summary" || id == "parent" && type.IsSubtask, id == "priority");
            field["operations"] = id == "labels" ? new JsonArray("add", "set", "remove") : new JsonArray("set");
            if (id == "priority") field["allowedValues"] = List(JiraCatalog.Priorities, p => p.ToJson(call.Origin));
        }
        return Answer.Ok(PageOf("fields", fields, fields.Count));
    }

    static JsonObject PageOf(string name, JsonArray values, int total) => new() { ["maxResults"] = 50, ["startAt"] = 0, ["total"] = total, ["isLast"] = true, [name] = values };

    static JsonArray FieldsJson(bool onScreen = false)
    {
        (string Id, string Name, string Type)[] system =
        [
            ("summary", "Summary", "string"), ("description", "Description", "string"), ("issuetype", "Issue Type", "issuetype"), ("project", "Project", "project"),
            ("status", "Status", "status"), ("priority", "Priority", "priority"), ("labels", "Labels", "array"), ("parent", "Parent", "issuelink"), ("assignee", "Assignee", "user"),
            ("reporter", "Reporter", "user"), ("duedate", "Due date", "date"), ("created", "Created", "datetime"), ("updated", "Updated", "datetime"), ("comment", "Comment", "comments-page"),
        ];
        string[] readOnly = ["status", "created", "updated", "comment"];
        var fields = system.Where(f => !onScreen || !readOnly.Contains(f.Id)).Select(f => Field(f.Id, f.Name, f.Type, custom: false));
        return new([.. fields.Concat(JiraCatalog.CustomFields.Select(f => Field(f.Id, f.Name, f.Type, custom: true)))]);
    }

    static JsonNode Field(string id, string name, string type, bool custom)
    {
        var schema = new JsonObject { ["type"] = type };
        if (type == "array") schema["items"] = "string";
        if (custom) (schema["custom"], schema["customId"]) = ($"com.atlassian.jira.plugin.system.customfieldtypes:{type}", int.Parse(id["customfield_".Length..]));
        else schema["system"] = id;
        return new JsonObject
        {
            ["id"] = id, ["key"] = id, ["name"] = name, ["custom"] = custom, ["orderable"] = true, ["navigable"] = true, ["searchable"] = true,
            ["clauseNames"] = custom ? new JsonArray($"cf[{id["customfield_".Length..]}]", name) : new JsonArray(id), ["schema"] = schema,
        };
    }

    static Answer Users(Call call)
    {
        var query = call.Query("query") ?? call.Query("username") ?? "";
        var found = AccountDirectory.All.Where(a => a.DisplayName.Contains(query, StringComparison.OrdinalIgnoreCase) || a.Email.Contains(query, StringComparison.OrdinalIgnoreCase) || a.AccountId == call.Query("accountId"));
        return Answer.Ok(List(found.Take(call.QueryInt("maxResults", 50, 1, 1000)), a => a.ToJira(call.Origin, call.DataCenter)));
    }

    Project Project(Call call) => store.Project(call.Segment("project")) ?? throw SiteException.Jira(404, $"No project could be found with key '{call.Segment("project")}'.");

    static JsonArray List<T>(IEnumerable<T> items, Func<T, JsonObject> toJson) => new([.. items.Select(i => (JsonNode)toJson(i))]);
}
