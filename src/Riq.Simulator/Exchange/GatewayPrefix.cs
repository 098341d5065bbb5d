using System.Text.Json.Nodes;

namespace Riq.Simulator.Exchange;

/// <summary>
/// The API gateway: <c>/ex/{jira|confluence}/{cloudId}</c> before a site's path. Moves that prefix into the path base, so that
/// all calls exist once. Any cloud id is this site's; the other product's calls are not found.
/// </summary>
sealed class GatewayPrefix(RequestDelegate next)
{
    const string Jira = "/ex/jira/", Confluence = "/ex/confluence/";

    public Task Invoke(HttpContext http)
    {
        var path = http.Request.Path.Value ?? "";
        var prefix = path.StartsWith(Jira, StringComparison.Ordinal) ? Jira : path.StartsWith(Confluence, StringComparison.Ordinal) ? Confluence : null;
        if (prefix is null) return next(http);

        var end = path.IndexOf('/', prefix.Length);
        if (end <= prefix.Length) return Refuse(http);
        var rest = path[end..];
        if (rest.StartsWith("/wiki/", StringComparison.Ordinal) != (prefix == Confluence)) return Refuse(http);
        http.Request.PathBase = http.Request.PathBase.Add(path[..end]);
        http.Request.Path = rest;
        return next(http);
    }

    static Task Refuse(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(new JsonObject { ["code"] = 404, ["message"] = "Not Found" }.ToJsonString());
    }
}
