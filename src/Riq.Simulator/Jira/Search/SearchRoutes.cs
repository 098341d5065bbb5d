using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Simulator.Exchange;
using Riq.Simulator.Query;

namespace Riq.Simulator.Jira.Search;

/// <summary>The enhanced search of the cloud, its count, and the old search: gone in the cloud, the only one in Data Center.</summary>
sealed class SearchRoutes(JqlSearch search, IssueJson json)
{
    const int MaxReconciled = 50, MaxPage = 5000, MaxPageWithFields = 100;

    static readonly IReadOnlySet<long> None = new HashSet<long>();

    public void Map(RouteTable.RouteGroup routes) => routes
        .Search("POST", "search/jql", Post)
        .Search("GET", "search/jql", Get)
        .Search("POST", "search/approximate-count", Count)
        .Search("GET", "search", Old)
        .Search("POST", "search", Old);

    /// <summary>A search as either verb states it.</summary>
    sealed record Wanted(string Jql, string[] Fields, string[] Properties, int MaxResults, string? PageToken, IReadOnlySet<long> Reconciled);

    Answer Post(Call call)
    {
        var body = call.Body.ValueKind == JsonValueKind.Object ? call.Body : throw SiteException.Jira(400, "The request body must be a JSON object.");
        return Page(call, new(Text(body, "jql") ?? "", Texts(body, "fields"), Texts(body, "properties"), Number(body, "maxResults") ?? 50, Text(body, "nextPageToken"), Reconciled(Texts(body, "reconcileIssues"))));
    }

    Answer Get(Call call) => Page(call, new(call.Query("jql") ?? "", call.QueryList("fields") ?? [], call.QueryList("properties") ?? [],
        call.QueryInt("maxResults", 50, 0, MaxPage), call.Query("nextPageToken"), Reconciled(call.QueryList("reconcileIssues") ?? [])));

    Answer Page(Call call, Wanted wanted)
    {
        if (call.DataCenter) return Answer.NoSuchResource;
        var choice = new FieldChoice(wanted.Fields);
        var size = Math.Clamp(wanted.MaxResults, 1, choice.IsIdOnly ? MaxPage : MaxPageWithFields);
        var offset = PageToken.Read(wanted.PageToken, wanted.Jql) ?? throw SiteException.Jira(400, "The provided next page token is invalid or expired.");
        var found = Run(call, wanted.Jql, wanted.Reconciled, mustBeBounded: true);
        var page = found.Skip(offset).Take(size).ToArray();
        var isLast = offset + page.Length >= found.Count;

        var answer = new JsonObject { ["issues"] = new JsonArray([.. page.Select(s => (JsonNode)Found(call, s, choice, wanted.Properties))]), ["isLast"] = isLast };
        if (!isLast) answer["nextPageToken"] = PageToken.Write(offset + page.Length, wanted.Jql);
        return Answer.Ok(answer) with { Points = 1 + page.Length };
    }

    JsonObject Found(Call call, IssueState issue, FieldChoice choice, string[] properties)
    {
        if (!choice.IsIdOnly) return json.Issue(call, issue, choice, properties);
        var onlyId = new JsonObject { ["id"] = issue.Id.ToString(CultureInfo.InvariantCulture) };
        if (choice.Has("key")) onlyId["key"] = issue.Key;
        return onlyId;
    }

    Answer Count(Call call)
    {
        var found = Run(call, call.Body.ValueKind == JsonValueKind.Object ? Text(call.Body, "jql") ?? "" : "", None, mustBeBounded: true);
        return Answer.Ok(new JsonObject { ["count"] = found.Count });
    }

    Answer Old(Call call)
    {
        if (!call.DataCenter) throw SiteException.Jira(410, "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API.");
        var body = call.Body.ValueKind == JsonValueKind.Object ? call.Body : default;
        var jql = call.Query("jql") ?? (body.ValueKind == JsonValueKind.Object ? Text(body, "jql") : null) ?? "";
        var fields = call.QueryList("fields") ?? (body.ValueKind == JsonValueKind.Object ? Texts(body, "fields") : []);
        var startAt = Math.Max(0, call.Query("startAt") is null ? Number(body, "startAt") ?? 0 : call.QueryInt("startAt", 0, 0, int.MaxValue));
        var size = Math.Clamp(call.Query("maxResults") is null ? Number(body, "maxResults") ?? 50 : call.QueryInt("maxResults", 50, 0, 1000), 0, 1000);
        var found = Run(call, jql, None, mustBeBounded: false);
        var choice = fields.Length == 0 ? FieldChoice.Everything : new FieldChoice(fields);
        return Answer.Ok(new JsonObject
        {
            ["expand"] = "schema,names", ["startAt"] = startAt, ["maxResults"] = size, ["total"] = found.Count,
            ["issues"] = new JsonArray([.. found.Skip(startAt).Take(size).Select(s => (JsonNode)json.Issue(call, s, choice))]),
        });
    }

    List<IssueState> Run(Call call, string jql, IReadOnlySet<long> reconciled, bool mustBeBounded)
    {
        try { return search.Run(jql, call.Account, call.WorkAt, reconciled, mustBeBounded); }
        catch (QueryException wrong) { throw SiteException.Jira(400, wrong.Message.StartsWith("Expecting", StringComparison.Ordinal) ? $"Error in the JQL Query: {wrong.Message}" : wrong.Message); }
    }

    static IReadOnlySet<long> Reconciled(string[] ids)
    {
        if (ids.Length == 0) return None;
        if (ids.Length > MaxReconciled) throw SiteException.Jira(400, $"reconcileIssues must not have more than {MaxReconciled} ids.");
        return ids.Select(id => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw SiteException.Jira(400, "reconcileIssues must hold numeric ids.")).ToHashSet();
    }

    static string? Text(JsonElement body, string name) => body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    static string[] Texts(JsonElement body, string name) => body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(v => v.ToString())] : [];
    static int? Number(JsonElement body, string name) => body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;
}
