using System.Text.Json.Nodes;

namespace Riq.Simulator.Jira;

sealed record IssueType(string Id, string Name, bool IsSubtask, int Level)
{
    public JsonObject ToJson(string origin) => new()
    {
        ["self"] = $"{origin}/rest/api/3/issuetype/{Id}", ["id"] = Id, ["name"] = Name, ["description"] = $"A {Name.ToLowerInvariant()}.", ["subtask"] = IsSubtask,
        ["hierarchyLevel"] = Level, ["avatarId"] = 10300 + int.Parse(Id) % 100, ["iconUrl"] = $"{origin}/images/issuetype/{Id}.svg",
    };
}

sealed record Priority(string Id, string Name)
{
    public JsonObject ToJson(string origin) => new()
    {
        ["self"] = $"{origin}/rest/api/3/priority/{Id}", ["id"] = Id, ["name"] = Name, ["iconUrl"] = $"{origin}/images/priority/{Id}.svg",
    };
}

sealed record Status(string Id, string Name, int CategoryId, string CategoryKey, string Color)
{
    public JsonObject ToJson(string origin) => new()
    {
        ["self"] = $"{origin}/rest/api/3/status/{Id}", ["id"] = Id, ["name"] = Name, ["description"] = "", ["iconUrl"] = $"{origin}/images/status.png",
        ["statusCategory"] = new JsonObject
        {
            ["self"] = $"{origin}/rest/api/3/statuscategory/{CategoryId}", ["id"] = CategoryId, ["key"] = CategoryKey, ["colorName"] = Color, ["name"] = Name,
        },
    };
}

/// <summary>A step of the workflow, open in the statuses <paramref name="From"/>.</summary>
sealed record Transition(string Id, string Name, Status[] From, Status To);

/// <summary>A field that is on the screens beside the system's own.</summary>
sealed record CustomField(string Id, string Name, string Type)
{
    public bool IsNumber => Type == "number";
}

/// <summary>What the simulated site was set up with: types, priorities, workflow, custom fields.</summary>
static class JiraCatalog
{
    public static readonly IssueType[] Types =
    [
        new("10000", "Epic", false, 1), new("10001", "Story", false, 0), new("10002", "Task", false, 0), new("10003", "Sub-task", true, -1), new("10004", "Bug", false, 0),
    ];

    public static readonly Priority[] Priorities = [new("1", "Highest"), new("2", "High"), new("3", "Medium"), new("4", "Low"), new("5", "Lowest")];

    public static readonly Status ToDo = new("10000", "To Do", 2, "new", "blue-gray");
    public static readonly Status InProgress = new("3", "In Progress", 4, "indeterminate", "yellow");
    public static readonly Status Done = new("10001", "Done", 3, "done", "green");
    public static readonly Status[] Statuses = [ToDo, InProgress, Done];

    /// <summary>From Done there is no direct way to In Progress, so that an unreachable status can be met.</summary>
    public static readonly Transition[] Transitions =
    [
        new("11", "To Do", [InProgress, Done], ToDo), new("21", "In Progress", [ToDo], InProgress), new("31", "Done", [ToDo, InProgress], Done),
    ];

    public static readonly CustomField[] CustomFields =
    [
        new("customfield_10016", "Story point estimate", "number"), new("customfield_10014", "Epic Link", "string"),
        new("customfield_10050", "RIQ request", "string"), new("customfield_10051", "Notes", "string"),
    ];

    public static IssueType? Type(string? nameOrId) => Types.FirstOrDefault(t => Same(t.Name, nameOrId) || t.Id == nameOrId);
    public static Priority? Priority(string? nameOrId) => Priorities.FirstOrDefault(p => Same(p.Name, nameOrId) || p.Id == nameOrId);
    public static Status? Status(string? nameOrId) => Statuses.FirstOrDefault(s => Same(s.Name, nameOrId) || s.Id == nameOrId);
    public static CustomField? Custom(string id) => CustomFields.FirstOrDefault(f => f.Id == id);

    static bool Same(string name, string? given) => name.Equals(given, StringComparison.OrdinalIgnoreCase);
}
