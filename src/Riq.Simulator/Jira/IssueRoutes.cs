using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Simulator.Accounts;
using Riq.Simulator.Exchange;

namespace Riq.Simulator.Jira;

/// <summary>Get, create, edit, assign and delete one issue.</summary>
sealed class IssueRoutes(JiraStore store, IssueWriter writer, IssueJson json)
{
    public void Map(RouteTable.RouteGroup routes) => routes
        .Read("issue/{key}", Get)
        .Write("POST", "issue", Create)
        .Write("PUT", "issue/{key}", Edit)
        .Write("PUT", "issue/{key}/assignee", Assign)
        .Write("DELETE", "issue/{key}", Delete);

    public static SiteException NoIssue => SiteException.Jira(404, "Issue does not exist or you do not have permission to see it.");

    public Issue Find(Call call) => store.Find(call.Segment("key")) ?? throw NoIssue;

    Answer Get(Call call)
    {
        var choice = call.QueryList("fields") is { Length: > 0 } fields ? new FieldChoice(fields) : FieldChoice.Everything;
        var answer = json.Issue(call, Find(call).State, choice, call.QueryList("properties"));
        answer["fields"] ??= new JsonObject();
        return Answer.Ok(answer) with { Points = 2 };
    }

    Answer Create(Call call)
    {
        var errors = new FieldErrors();
        return writer.Create(call, call.Body, errors) is { } issue ? Answer.Created(IssueJson.Reference(call, issue)) : errors.ToAnswer();
    }

    Answer Edit(Call call)
    {
        if (call.Body.ValueKind != JsonValueKind.Object) throw SiteException.Jira(400, "The request body must be a JSON object.");
        var errors = new FieldErrors();
        if (!writer.Edit(call, Find(call), call.Body, errors)) throw NoIssue;
        if (!errors.IsEmpty) return errors.ToAnswer();
        return call.Query("returnIssue") == "true" ? Answer.Ok(json.Issue(call, Find(call).State, FieldChoice.Everything)) : Answer.NoContent;
    }

    Answer Assign(Call call)
    {
        var who = IssueFields.Named(call.Body, "accountId", "name");
        var account = AccountDirectory.Find(who);
        if (who is not null && account is null) throw SiteException.Jira(404, $"User '{who}' does not exist.");
        if (!store.Change(Find(call), call.WorkAt, state => state with { Assignee = account })) throw NoIssue;
        call.Committed = true;
        return Answer.NoContent;
    }

    Answer Delete(Call call)
    {
        var issue = Find(call);
        var key = issue.State.Key;
        var subtasks = store.ChildrenOf(key).Where(c => c.State is var s && s.ParentKey == key && s.Type.IsSubtask).ToArray();
        if (subtasks.Length > 0 && call.Query("deleteSubtasks") != "true")
            throw SiteException.Jira(400, $"The issue '{key}' has subtasks. You must specify the 'deleteSubtasks' parameter to delete this issue and all its subtasks.");
        if (!store.Remove(issue)) throw NoIssue;
        foreach (var subtask in subtasks) store.Remove(subtask);
        call.Committed = true;
        return Answer.NoContent;
    }
}
