using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Adapters.Http;
using Riq.Contracts;

namespace Riq.Adapters.Jira;

/// <summary>Runs a search over as many of Jira's pages as the limit needs. Jira may give fewer issues per page than asked for.</summary>
sealed class IssueSearch(ServiceClient client, KnownCaller caller, IssueReader reader)
{
    public const int MaxPage = 100;
    const int MaxCalls = 10;

    /// <summary>Further pages are left to the caller's next search once so much was read: results are bounded by 4 MiB.</summary>
    const int EnoughBytes = 2 * 1024 * 1024;

    readonly ReconciledIssues _reconciled = new(client);

    /// <summary>The search's answer; <paramref name="mustShow"/>: results of writes that it must not miss.</summary>
    public async Task<AdapterResult<TaskPage>> Run(string jql, int limit, string? pageToken, IReadOnlyList<JsonElement> mustShow, CancellationToken cancellation)
    {
        var reconciled = await _reconciled.Of(mustShow, cancellation);
        return reconciled.Success ? await Run(jql, limit, pageToken, reconciled.Data!, cancellation) : AdapterResult<TaskPage>.Fail(reconciled.Error!, reconciled.Metadata);
    }

    async Task<AdapterResult<TaskPage>> Run(string jql, int limit, string? pageToken, IReadOnlyList<long> reconciled, CancellationToken cancellation)
    {
        var tasks = new List<TaskItem>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var size = 0;
        for (var call = 1; ; call++)
        {
            if (pageToken is not null) seen.Add(pageToken);
            var answer = await client.Send(Call.Ask("/rest/api/3/search/jql", Body(jql, Math.Min(limit - tasks.Count, MaxPage), pageToken, reconciled)), cancellation);
            if (!answer.Ok) return answer.Failure<TaskPage>();

            var found = Read(answer.Json);
            tasks.AddRange(found);
            if (tasks.Count == 0 && await caller.Doubt(cancellation) is { } doubt) return Answer.Failure<TaskPage>(doubt);
            size += answer.Size;
            pageToken = NextToken(answer.Json, seen);
            if (pageToken is null || found.Count == 0 || tasks.Count >= limit || size >= EnoughBytes || call == MaxCalls)
                return answer.Result(new TaskPage(tasks, pageToken));
        }
    }

    JsonObject Body(string jql, int maxResults, string? pageToken, IReadOnlyList<long> reconciled)
    {
        var body = new JsonObject
        {
            ["jql"] = jql,
            ["fields"] = new JsonArray([.. reader.FieldsOfSearch.Select(f => (JsonNode)f)]),
            ["maxResults"] = maxResults,
        };
        if (pageToken is not null) body["nextPageToken"] = pageToken;
        if (reconciled.Count > 0) body["reconcileIssues"] = new JsonArray([.. reconciled.Select(id => (JsonNode)id)]);
        return body;
    }

    List<TaskItem> Read(JsonElement page) => [.. page.Items("issues").Select(reader.Read).OfType<TaskItem>()];

    // Jira has been seen to repeat a token for ever: a token met before is the end.
    static string? NextToken(JsonElement page, HashSet<string> seen) =>
        !page.IsTrue("isLast") && page.Text("nextPageToken") is { Length: > 0 } token && !seen.Contains(token) ? token : null;
}
