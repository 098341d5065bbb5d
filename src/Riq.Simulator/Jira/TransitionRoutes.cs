using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Simulator.Exchange;

namespace Riq.Simulator.Jira;

/// <summary>The ways out of an issue's status, and taking one.</summary>
sealed class TransitionRoutes(JiraStore store, IssueRoutes issues)
{
    public void Map(RouteTable.RouteGroup routes) => routes
        .Read("issue/{key}/transitions", List)
        .Write("POST", "issue/{key}/transitions", Take);

    Answer List(Call call)
    {
        var status = issues.Find(call).State.Status;
        return Answer.Ok(new JsonObject
        {
            ["expand"] = "transitions",
            ["transitions"] = new JsonArray([.. Open(status).Select(t => (JsonNode)new JsonObject
            {
                ["id"] = t.Id, ["name"] = t.Name, ["to"] = t.To.ToJson(call.Origin), ["hasScreen"] = false, ["isGlobal"] = false, ["isInitial"] = false,
                ["isConditional"] = false, ["isAvailable"] = true, ["isLooped"] = false,
            })]),
        });
    }

    Answer Take(Call call)
    {
        var id = call.Body.ValueKind == JsonValueKind.Object && call.Body.TryGetProperty("transition", out var transition) ? IssueFields.Named(transition, "id") : null;
        if (id is null) throw SiteException.Jira(400, "Missing 'transition' identifier");
        var errors = new FieldErrors();
        var found = store.Change(issues.Find(call), call.WorkAt, state =>
        {
            if (Open(state.Status).FirstOrDefault(t => t.Id == id) is not { } taken) throw SiteException.Jira(400, $"Transition id '{id}' is not valid for this issue.");
            var properties = IssueWriter.WithProperties(state.Properties, call.Body, errors);
            return errors.IsEmpty ? state with { Status = taken.To, StatusSince = call.WorkAt, Properties = properties } : null;
        });
        if (!found) throw IssueRoutes.NoIssue;
        if (!errors.IsEmpty) return errors.ToAnswer();
        call.Committed = true;
        return Answer.NoContent;
    }

    static IEnumerable<Transition> Open(Status from) => JiraCatalog.Transitions.Where(t => t.From.Contains(from));
}
