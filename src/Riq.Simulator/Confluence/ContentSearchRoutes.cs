using System.Text.Json.Nodes;
using Riq.Simulator.Exchange;
using Riq.Simulator.Query;

namespace Riq.Simulator.Confluence;

/// <summary>The search, which only version 1 of the API has.</summary>
sealed class ContentSearchRoutes(CqlSearch search)
{
    const int MaxLimit = 250;

    public void Map(RouteTable.RouteGroup routes) => routes
        .Search("GET", "search", Search)
        .Read("user/current", call => Answer.Ok(call.Account.ToConfluence()));

    Answer Search(Call call)
    {
        var cql = call.Query("cql") is { Length: > 0 } given ? given : throw Refusal("Required parameter 'cql' is missing.");
        var limit = call.QueryInt("limit", 25, 1, MaxLimit);
        var offset = call.Query("cursor") is { } cursor ? PageToken.Read(cursor, cql) ?? throw Refusal("The cursor is not valid.") : call.QueryInt("start", 0, 0, int.MaxValue);
        var found = Run(cql, call.WorkAt);
        var page = found.Skip(offset).Take(limit).ToArray();

        var links = new JsonObject { ["base"] = $"{call.Origin}/wiki", ["context"] = "/wiki", ["self"] = $"{call.Origin}{call.Path}" };
        if (offset + page.Length < found.Count) links["next"] = $"/rest/api/search?{Paging.WithCursor(call, PageToken.Write(offset + limit, cql))}";
        return Answer.Ok(new JsonObject
        {
            ["results"] = new JsonArray([.. page.Select(p => (JsonNode)Found(call, p))]), ["start"] = offset, ["limit"] = limit, ["size"] = page.Length, ["totalSize"] = found.Count,
            ["cqlQuery"] = cql, ["searchDuration"] = 1, ["_links"] = links,
        }) with { Points = 1 + page.Length };
    }

    List<PageState> Run(string cql, DateTimeOffset now)
    {
        try { return search.Run(cql, now); }
        catch (QueryException wrong) { throw Refusal($"Could not parse cql : {cql}. {wrong.Message}"); }
    }

    /// <summary>As at the real service, the content tells its space and version only when <c>expand</c> asks for them.</summary>
    static JsonObject Content(Call call, PageState page)
    {
        var content = new JsonObject
        {
            ["id"] = PageJson.Id(page.Id), ["type"] = "page", ["status"] = page.Status, ["title"] = page.Title,
            ["_links"] = new JsonObject { ["webui"] = PageJson.WebUi(page), ["self"] = $"{call.Origin}/wiki/rest/api/content/{PageJson.Id(page.Id)}", ["tinyui"] = $"/x/{page.Id:x}" },
            ["_expandable"] = new JsonObject { ["space"] = $"/rest/api/space/{page.Space.Key}" },
        };
        var expand = call.QueryList("expand") ?? [];
        if (expand.Contains("content.space"))
            content["space"] = new JsonObject
            {
                ["id"] = page.Space.Id, ["key"] = page.Space.Key, ["name"] = page.Space.Name, ["type"] = "global", ["status"] = "current", ["_expandable"] = new JsonObject(),
                ["_links"] = new JsonObject { ["webui"] = $"/spaces/{page.Space.Key}" },
            };
        if (expand.Contains("content.version"))
            content["version"] = new JsonObject { ["number"] = page.Version.Number, ["message"] = page.Version.Message, ["minorEdit"] = page.Version.IsMinor, ["when"] = PageJson.Time(page.Version.At) };
        return content;
    }

    static JsonObject Found(Call call, PageState page) => new()
    {
        ["content"] = Content(call, page),
        ["title"] = page.Title, ["excerpt"] = Excerpt(page), ["url"] = PageJson.WebUi(page), ["entityType"] = "content", ["iconCssClass"] = "aui-icon content-type-page",
        ["resultGlobalContainer"] = new JsonObject { ["title"] = page.Space.Name, ["displayUrl"] = $"/spaces/{page.Space.Key}" }, ["breadcrumbs"] = new JsonArray(),
        ["lastModified"] = PageJson.Time(page.Version.At), ["friendlyLastModified"] = page.Version.At.ToString("MMM dd, yyyy"), ["score"] = 1.0,
    };

    static string Excerpt(PageState page)
    {
        var text = StorageFormat.Text(page.Body).Trim();
        return text.Length <= 300 ? text : text[..300];
    }

    /// <summary>In version 1's shape.</summary>
    static SiteException Refusal(string message) => new(400, new JsonObject { ["statusCode"] = 400, ["data"] = new JsonObject { ["authorized"] = true, ["valid"] = false, ["errors"] = new JsonArray() }, ["message"] = message });
}
