using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Adapters.Http;
using Riq.Contracts;

namespace Riq.Adapters.Jira;

/// <summary>
/// Finds what a request created whose answer was lost: issues by their label, because labels are in the search index and
/// properties are not; comments by their property, reading the newest ones of the issue.
/// </summary>
sealed class JiraEffects(ServiceClient client, KnownCaller caller, IssueReader reader)
{
    const int MostIssues = 20;
    const int CommentsPerPage = 100;
    const int MostPages = 10;

    /// <summary>How far Jira's clock may be behind that of RIQ's database.</summary>
    static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(2);

    public async Task<AdapterResult<EffectSearch>> FindIssue(string token, CancellationToken cancellation)
    {
        var body = new JsonObject
        {
            // Not within its project: Jira refuses a search in one that does not exist or was deleted, and that would be no answer for ever.
            ["jql"] = $"labels = {SearchText.Quote(RequestMarker.Label(token))}",
            ["fields"] = new JsonArray([.. reader.FieldsOfSearch.Select(f => (JsonNode)f)]),
            ["properties"] = new JsonArray(RequestMarker.PropertyKey),
            ["maxResults"] = MostIssues,
        };
        var answer = await client.Send(Call.Ask("/rest/api/3/search/jql", body), cancellation);
        if (!answer.Ok) return answer.Failure<EffectSearch>();

        // A clone made by a person has the label too, but not the property.
        var labelled = answer.Json.Items("issues").Select(i => (Task: reader.Read(i), Ours: TokenOf(i.At("properties").At(RequestMarker.PropertyKey)) == token)).Where(i => i.Task is not null).ToList();
        var ours = labelled.Where(i => i.Ours).ToList();
        var certain = ours.Count == 1 ? ours : labelled;
        if (certain.Count == 0 && await caller.DoubtNow(cancellation) is { } doubt) return Answer.Failure<EffectSearch>(doubt);
        return answer.Result<EffectSearch>(certain.Count switch
        {
            0 => new EffectSearch.NotFound(),
            1 => new EffectSearch.Found(JsonSerializer.SerializeToElement(certain[0].Task, RiqJson.Options)),
            _ => new EffectSearch.Ambiguous([.. certain.Select(i => Candidate(i.Task!))]),
        });
    }

    static EffectCandidate Candidate(TaskItem t) => new(t.Id) { Title = t.Title, CreatedAt = t.CreatedAt, DeepLink = t.DeepLink };

    public async Task<AdapterResult<EffectSearch>> FindComment(string taskId, string token, DateTimeOffset? unclearFrom, CancellationToken cancellation)
    {
        if (TaskKey.Read(taskId) is not { } key) return TaskKey.Refused<EffectSearch>("task_id", taskId);
        for (var page = 0; page < MostPages; page++)
        {
            var path = $"/rest/api/3/issue/{key}/comment?orderBy=-created&startAt={page * CommentsPerPage}&maxResults={CommentsPerPage}&expand=properties";
            var answer = await client.Send(Call.Get(path), cancellation);
            // Without the issue there is no comment; a repetition says so.
            if (answer.IsGone) return AdapterResult<EffectSearch>.Ok(new EffectSearch.NotFound(), new(answer.Status));
            if (!answer.Ok) return answer.Failure<EffectSearch>();

            var comments = answer.Json.Items("comments").ToList();
            var recent = comments.Where(c => unclearFrom is null || c.Time("created") is not { } created || created >= unclearFrom - ClockSlack).ToList();
            foreach (var comment in recent)
            {
                var (marker, error) = await MarkerOf(comment, cancellation);
                if (error is not null) return Answer.Failure<EffectSearch>(error);
                if (marker == token && comment.Text("id") is { } id)
                    return answer.Result<EffectSearch>(new EffectSearch.Found(JsonSerializer.SerializeToElement(new TaskComment(id, key) { CreatedAt = comment.Time("created") }, RiqJson.Options)));
            }
            if (recent.Count < comments.Count || comments.Count < CommentsPerPage) return answer.Result<EffectSearch>(new EffectSearch.NotFound());
        }
        return Answer.Failure<EffectSearch>(new(ErrorCodes.ServiceUnavailable, $"{key} has got more than {MostPages * CommentsPerPage} comments since the attempt; not all of them could be looked at."));
    }

    // Jira leaves the properties out of the list where it does not know that expansion; then each recent comment is asked.
    async Task<(string? Token, AdapterError? Error)> MarkerOf(JsonElement comment, CancellationToken cancellation)
    {
        if (comment.At("properties").ValueKind == JsonValueKind.Array)
            return (comment.Items("properties").Where(p => p.Text("key") == RequestMarker.PropertyKey).Select(p => TokenOf(p.At("value"))).FirstOrDefault(), null);
        if (comment.Text("id") is not { } id) return (null, null);
        var answer = await client.Send(Call.Get($"/rest/api/3/comment/{Uri.EscapeDataString(id)}/properties/{RequestMarker.PropertyKey}"), cancellation);
        if (answer.IsGone) return (null, null);
        return answer.Ok ? (TokenOf(answer.Json.At("value")), null) : (null, answer.Error);
    }

    static string? TokenOf(JsonElement value) => value.Text("token");
}
