using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Simulator.Exchange;
using Riq.Simulator.Ledger;

namespace Riq.Simulator.Jira;

/// <summary>Comments of an issue and their properties.</summary>
sealed class CommentRoutes(JiraStore store, IssueRoutes issues, Effects effects)
{
    const int MaxPage = 5000;

    public void Map(RouteTable.RouteGroup routes) => routes
        .Read("issue/{key}/comment", List)
        .Read("issue/{key}/comment/{id}", Get)
        .Write("POST", "issue/{key}/comment", Add)
        .Write("PUT", "issue/{key}/comment/{id}", Edit)
        .Write("DELETE", "issue/{key}/comment/{id}", Delete);

    Answer List(Call call)
    {
        var issue = issues.Find(call).State;
        var newestFirst = call.Query("orderBy") is "-created" or "-updated";
        int startAt = call.QueryInt("startAt", 0, 0, int.MaxValue), maxResults = call.QueryInt("maxResults", 100, 0, MaxPage);
        var comments = (newestFirst ? issue.Comments.Reverse() : issue.Comments).Skip(startAt).Take(maxResults).ToArray();
        return Answer.Ok(new JsonObject
        {
            ["startAt"] = startAt, ["maxResults"] = maxResults, ["total"] = issue.Comments.Count,
            ["comments"] = new JsonArray([.. comments.Select(c => (JsonNode)IssueJson.Comment(call, issue.Key, c, WithProperties(call)))]),
        }) with { Points = 1 + comments.Length };
    }

    Answer Get(Call call)
    {
        var issue = issues.Find(call).State;
        return Answer.Ok(IssueJson.Comment(call, issue.Key, Find(call, issue), WithProperties(call))) with { Points = 2 };
    }

    Answer Add(Call call)
    {
        var errors = new FieldErrors();
        var comment = new Comment(store.NextId(), call.Account, Body(call), call.WorkAt, call.WorkAt,
            IssueWriter.WithProperties(System.Collections.Immutable.ImmutableDictionary<string, JsonElement>.Empty, call.Body, errors));
        if (!errors.IsEmpty) return errors.ToAnswer();
        var issue = issues.Find(call);
        if (!store.Change(issue, call.WorkAt, state => state with { Comments = state.Comments.Add(comment) })) throw IssueRoutes.NoIssue;
        call.Committed = true;
        effects.Add(Markers.OfWrite(call.Body), comment.Id.ToString(CultureInfo.InvariantCulture));
        return Answer.Created(IssueJson.Comment(call, issue.State.Key, comment, WithProperties(call)));
    }

    Answer Edit(Call call)
    {
        Comment? edited = null;
        var issue = issues.Find(call);
        store.Change(issue, call.WorkAt, state =>
        {
            var old = Find(call, state);
            edited = old with { Body = Body(call), Updated = call.WorkAt };
            return state with { Comments = state.Comments.Replace(old, edited) };
        });
        call.Committed = true;
        return Answer.Ok(IssueJson.Comment(call, issue.State.Key, edited ?? throw IssueRoutes.NoIssue, WithProperties(call)));
    }

    Answer Delete(Call call)
    {
        if (!store.Change(issues.Find(call), call.WorkAt, state => state with { Comments = state.Comments.Remove(Find(call, state)) })) throw IssueRoutes.NoIssue;
        call.Committed = true;
        return Answer.NoContent;
    }

    static JsonElement Body(Call call)
    {
        if (call.Body.ValueKind == JsonValueKind.Object && call.Body.TryGetProperty("body", out var text) && IssueFields.TextProblem(text, call.PlainText) is null) return text;
        throw new SiteException(400, new JsonObject { ["errorMessages"] = new JsonArray(), ["errors"] = new JsonObject { ["comment"] = "Comment body is not valid!" } });
    }

    static Comment Find(Call call, IssueState issue) =>
        issue.Comments.FirstOrDefault(c => c.Id.ToString(CultureInfo.InvariantCulture) == call.Segment("id")) ?? throw SiteException.Jira(404, $"Can not find a comment for the id: {call.Segment("id")}.");

    static bool WithProperties(Call call) => call.Query("expand")?.Contains("properties", StringComparison.Ordinal) == true;
}
