using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Adapters.Http;
using Riq.Contracts;

namespace Riq.Adapters.Jira;

/// <summary>
/// Moves an issue to a status by its name. The present status is read first: being there already is success, and a
/// workflow may have a loop whose repetition would notify everybody. Transition ids are never kept, they change with the workflow.
/// </summary>
sealed class IssueTransitions(ServiceClient client, JiraSite site)
{
    public async Task<AdapterResult<TaskItem>> MoveTo(string key, string status, Changer changer, CancellationToken cancellation)
    {
        var issue = await client.Send(Call.Get($"/rest/api/3/issue/{key}?fields=status&properties={RequestMarker.ChangeKey}"), cancellation);
        if (!issue.Ok) return issue.Failure<TaskItem>();
        if (issue.Json.At("fields").At("status").Text("name") is { } present && Same(present, status)) return issue.Result(Moved(issue.Json, key, present));
        // It was there, and somebody has moved it on since.
        if (changer.WasLastAt(issue.Json)) return issue.Result(Moved(issue.Json, key, status));

        var transitions = await client.Send(Call.Get($"/rest/api/3/issue/{key}/transitions"), cancellation);
        if (!transitions.Ok) return transitions.Failure<TaskItem>();
        var reachable = transitions.Json.Items("transitions").Select(t => (Id: t.Text("id"), Status: t.At("to").Text("name"))).Where(t => t is { Id: not null, Status: not null }).ToList();
        if (reachable.FirstOrDefault(t => Same(t.Status!, status)) is not { Id: { } id } match) return Unreachable(key, status, reachable.Select(t => t.Status!));

        var body = new JsonObject { ["transition"] = new JsonObject { ["id"] = id } };
        changer.Mark(body);
        var moved = await client.Send(Call.Post($"/rest/api/3/issue/{key}/transitions", body) with { AnswerRequired = false }, cancellation);
        return moved.Ok ? moved.Result(Moved(issue.Json, key, match.Status!)) : moved.Failure<TaskItem>();
    }

    TaskItem Moved(JsonElement issue, string key, string status)
    {
        var id = issue.Text("key") ?? key;
        return new() { Id = id, ExternalId = issue.Text("id"), Status = status, DeepLink = site.LinkTo(id) };
    }

    static bool Same(string a, string b) => a.Trim().Equals(b.Trim(), StringComparison.OrdinalIgnoreCase);

    static AdapterResult<TaskItem> Unreachable(string key, string status, IEnumerable<string> reachable)
    {
        var names = reachable.Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        var details = JsonSerializer.SerializeToElement(new { reachable_statuses = names });
        var list = names.Count == 0 ? "no other status can be reached from its present one" : $"reachable from its present status: {string.Join(", ", names)}";
        return Answer.Refused<TaskItem>($"{key} can't be moved to '{ProblemList.Printable(status)}'; {list}.", details);
    }
}
