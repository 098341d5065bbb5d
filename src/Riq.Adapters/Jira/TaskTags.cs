using System.Text.Json;
using Riq.Adapters.Http;

namespace Riq.Adapters.Jira;

/// <summary>
/// What answers about tasks depend on. A key and a numeric id name the same issue: an answer carries both of them, so a
/// write that knows only one of the two finds it. Where a write does not know at all what it touches, it names the
/// <see cref="Unknown"/> one, which every answer of that kind carries too.
/// </summary>
static class TaskTags
{
    const string Search = "jira:search";
    const string Unknown = "?";
    const int MaxKey = 100;

    public static IEnumerable<string> OfTask(JsonElement payload, JsonElement? result)
    {
        yield return Issue(payload.Text("task_id"));
        yield return Issue(null);
        if (result is not { } task) yield break;
        yield return Issue(task.Text("id"));
        yield return Issue(task.Text("external_id"));
        // Its parent takes it along when it is deleted.
        if (task.Text("parent_id") is { } parent) yield return Below(parent);
    }

    /// <summary>A search within one project depends on that project alone; JQL may reach anything.</summary>
    public static IEnumerable<string> OfSearch(JsonElement payload, JsonElement? result) =>
        payload.Text("jql") is null && payload.Text("project_id") is { } project && IsKey(project) ? [Project(project), Project(null)] : [Search];

    public static IEnumerable<string> Created(JsonElement payload, JsonElement? result) =>
        [.. OfResult(result), Project(ProjectOf(result) ?? payload.Text("project_id")), Search];

    public static IEnumerable<string> Changed(JsonElement payload, JsonElement? result)
    {
        var id = payload.Text("task_id");
        return [Issue(id), .. OfResult(result), Project(ProjectOf(result) ?? ProjectOfKey(id)), Search];
    }

    /// <summary>Subtasks go with it, and they know their parent by its key only.</summary>
    public static IEnumerable<string> Deleted(JsonElement payload, JsonElement? result)
    {
        var id = payload.Text("task_id");
        return [.. Changed(payload, result), IsTaskKey(id) ? Below(id!) : Issue(null)];
    }

    static IEnumerable<string> OfResult(JsonElement? result)
    {
        foreach (var name in new[] { "id", "external_id" })
            if (result?.Text(name) is { } id && TaskKey.Read(id) is not null) yield return Issue(id);
    }

    static string Issue(string? id) => $"jira:issue:{(id is null ? Unknown : TaskKey.Read(id) ?? Unknown)}";

    static string Below(string key) => $"jira:below:{TaskKey.Read(key) ?? Unknown}";

    static string Project(string? key) => $"jira:project:{(key is not null && IsKey(key) ? key.Trim().ToUpperInvariant() : Unknown)}";

    static string? ProjectOf(JsonElement? result) => result?.Text("id") is { } id ? ProjectOfKey(id) : null;

    static string? ProjectOfKey(string? id) => IsTaskKey(id) ? IssueReader.ProjectOf(TaskKey.Read(id!)!) : null;

    static bool IsTaskKey(string? id) => id is not null && TaskKey.Read(id) is { } key && !TaskKey.IsNumeric(key);

    static bool IsKey(string project) => project.Trim() is { Length: > 0 and <= MaxKey } key && char.IsAsciiLetter(key[0]) && key.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
