using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Simulator.Exchange;
using Riq.Simulator.Ledger;

namespace Riq.Simulator.Jira;

/// <summary>Entity properties of issues and of comments.</summary>
sealed class PropertyRoutes(JiraStore store, IssueRoutes issues, Effects effects)
{
    public void Map(RouteTable.RouteGroup routes) => routes
        .Read("issue/{key}/properties", call => Keys(call, issues.Find(call).State.Properties))
        .Read("issue/{key}/properties/{propertyKey}", call => One(call, issues.Find(call).State.Properties))
        .Write("PUT", "issue/{key}/properties/{propertyKey}", Put)
        .Write("DELETE", "issue/{key}/properties/{propertyKey}", Delete)
        .Read("comment/{commentId}/properties", call => Keys(call, Comment(call).Comment.Properties))
        .Read("comment/{commentId}/properties/{propertyKey}", call => One(call, Comment(call).Comment.Properties))
        .Write("PUT", "comment/{commentId}/properties/{propertyKey}", PutOnComment);

    static Answer Keys(Call call, ImmutableDictionary<string, JsonElement> properties) => Answer.Ok(new JsonObject
    {
        ["keys"] = new JsonArray([.. properties.Keys.Order(StringComparer.Ordinal).Select(k => (JsonNode)new JsonObject { ["key"] = k, ["self"] = $"{call.Origin}{call.Path}/{k}" })]),
    });

    static Answer One(Call call, ImmutableDictionary<string, JsonElement> properties) => properties.TryGetValue(call.Segment("propertyKey"), out var value)
        ? Answer.Ok(new JsonObject { ["key"] = call.Segment("propertyKey"), ["value"] = IssueJson.Node(value) })
        : throw SiteException.Jira(404, $"The property with key '{call.Segment("propertyKey")}' does not exist.");

    Answer Put(Call call)
    {
        var value = Value(call);
        var isNew = true;
        var issue = issues.Find(call);
        var found = store.Change(issue, call.WorkAt, state =>
        {
            isNew = !state.Properties.ContainsKey(call.Segment("propertyKey"));
            return state with { Properties = state.Properties.SetItem(call.Segment("propertyKey"), value) };
        });
        if (!found) throw IssueRoutes.NoIssue;
        call.Committed = true;
        effects.Add(call.Marker, issue.State.Id.ToString(CultureInfo.InvariantCulture));
        return new(isNew ? 201 : 200, new JsonObject());
    }

    Answer Delete(Call call)
    {
        store.Change(issues.Find(call), call.WorkAt, state => state.Properties.ContainsKey(call.Segment("propertyKey"))
            ? state with { Properties = state.Properties.Remove(call.Segment("propertyKey")) }
            : throw SiteException.Jira(404, $"The property with key '{call.Segment("propertyKey")}' does not exist."));
        call.Committed = true;
        return Answer.NoContent;
    }

    Answer PutOnComment(Call call)
    {
        var value = Value(call);
        var (issue, comment) = Comment(call);
        var isNew = !comment.Properties.ContainsKey(call.Segment("propertyKey"));
        store.Change(issue, call.WorkAt, state => state.Comments.FirstOrDefault(c => c.Id == comment.Id) is { } present
            ? state with { Comments = state.Comments.Replace(present, present with { Properties = present.Properties.SetItem(call.Segment("propertyKey"), value) }) } : null);
        call.Committed = true;
        effects.Add(call.Marker, comment.Id.ToString(CultureInfo.InvariantCulture));
        return new(isNew ? 201 : 200, new JsonObject());
    }

    (Issue Issue, Comment Comment) Comment(Call call)
    {
        if (long.TryParse(call.Segment("commentId"), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && store.WithComment(id) is { } issue
            && issue.State.Comments.FirstOrDefault(c => c.Id == id) is { } comment) return (issue, comment);
        throw SiteException.Jira(404, "The comment with the given id was not found.");
    }

    static JsonElement Value(Call call) => call.Body.ValueKind != JsonValueKind.Undefined ? call.Body : throw SiteException.Jira(400, "The property value must not be empty.");
}
