using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Simulator.Exchange;

namespace Riq.Simulator.Jira;

/// <summary>Up to 50 creates, or up to 100 reads, in one call.</summary>
sealed class BulkRoutes(JiraStore store, IssueWriter writer, IssueJson json)
{
    const int MaxCreates = 50, MaxReads = 100;

    public void Map(RouteTable.RouteGroup routes) => routes
        .Write("POST", "issue/bulk", Create)
        .Read("issue/bulkfetch", Fetch, "POST");

    Answer Create(Call call)
    {
        var updates = Items(call, "issueUpdates", MaxCreates);
        JsonArray issues = [], failures = [];
        for (var i = 0; i < updates.Length; i++)
        {
            var errors = new FieldErrors();
            if (writer.Create(call, updates[i], errors) is { } issue) issues.Add((JsonNode)IssueJson.Reference(call, issue));
            else failures.Add((JsonNode)new JsonObject { ["status"] = 400, ["elementErrors"] = errors.ToJson(), ["failedElementNumber"] = i });
        }
        return new Answer(issues.Count == 0 ? 400 : 201, new JsonObject { ["issues"] = issues, ["errors"] = failures }) { Points = Math.Max(1, updates.Length) };
    }

    Answer Fetch(Call call)
    {
        var keys = Items(call, "issueIdsOrKeys", MaxReads).Select(k => k.ToString()).ToArray();
        var fields = call.Body.TryGetProperty("fields", out var given) && given.ValueKind == JsonValueKind.Array ? new FieldChoice(given.EnumerateArray().Select(f => f.ToString())) : FieldChoice.Everything;
        var properties = call.Body.TryGetProperty("properties", out var names) && names.ValueKind == JsonValueKind.Array ? names.EnumerateArray().Select(n => n.ToString()).ToArray() : null;
        var found = keys.Select(store.Find).OfType<Issue>().Select(i => i.State).DistinctBy(s => s.Id).OrderBy(s => s.Id).ToArray();
        var errors = keys.Where(k => store.Find(k) is null).Select(k => (JsonNode)new JsonObject { ["id"] = k, ["errorMessage"] = "Issue does not exist or you do not have permission to see it." });
        return Answer.Ok(new JsonObject
        {
            ["issues"] = new JsonArray([.. found.Select(s => (JsonNode)json.Issue(call, s, fields, properties))]),
            ["issueErrors"] = new JsonArray([.. errors]),
        }) with { Points = 1 + found.Length };
    }

    static JsonElement[] Items(Call call, string member, int max)
    {
        if (call.Body.ValueKind != JsonValueKind.Object || !call.Body.TryGetProperty(member, out var items) || items.ValueKind != JsonValueKind.Array || items.GetArrayLength() == 0)
            throw SiteException.Jira(400, $"{member} must be an array with at least one element.");
        return items.GetArrayLength() <= max ? [.. items.EnumerateArray()] : throw SiteException.Jira(400, $"{member} must not have more than {max} elements.");
    }
}
