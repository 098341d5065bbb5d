using System.Text.Json.Nodes;
using Riq.Simulator.Exchange;
using Riq.Simulator.Query;

namespace Riq.Simulator.Confluence;

/// <summary>Lists of version 2: a limit, and a cursor in <c>_links.next</c> while there is more.</summary>
static class Paging
{
    public const int DefaultLimit = 25, MaxLimit = 250;

    public static Answer List<T>(Call call, IEnumerable<T> items, Func<T, int, JsonObject> toJson)
    {
        var limit = call.QueryInt("limit", DefaultLimit, 1, MaxLimit);
        var offset = PageToken.Read(call.Query("cursor"), call.Path) ?? throw SiteException.Confluence(400, "INVALID_REQUEST_PARAMETER", "Provided value for 'cursor' is not valid.");
        var window = items.Skip(offset).Take(limit + 1).ToArray();
        var page = window.Take(limit).ToArray();
        var links = new JsonObject { ["base"] = $"{call.Origin}/wiki" };
        var answer = Answer.Ok(new JsonObject { ["results"] = new JsonArray([.. page.Select((item, i) => (JsonNode)toJson(item, offset + i))]), ["_links"] = links }) with { Points = 1 + page.Length };
        if (window.Length <= limit) return answer;

        var next = $"{call.Path}?{WithCursor(call, PageToken.Write(offset + limit, call.Path))}";
        links["next"] = next;
        return answer.With(KeyValuePair.Create("Link", $"<{next}>; rel=\"next\""));
    }

    /// <summary>The call's own parameters with the cursor of the next page.</summary>
    public static string WithCursor(Call call, string cursor) => string.Join('&', call.Http.Request.Query
        .Where(p => p.Key != "cursor").SelectMany(p => p.Value.Select(v => $"{p.Key}={Uri.EscapeDataString(v ?? "")}")).Append($"cursor={cursor}"));
}
