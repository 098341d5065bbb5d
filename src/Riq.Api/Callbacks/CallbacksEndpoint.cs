using System.Text.Json;
using Riq.Api.Http;
using Riq.Api.Requests;
using Riq.Api.Security;
using Riq.Contracts;
using Riq.Engine.Callbacks;
using Riq.Engine.Requests;
using Riq.Engine.Security;
using Riq.Engine.Storage;

namespace Riq.Api.Callbacks;

/// <summary><c>GET /api/queue/callbacks</c>: the callbacks of the requests that the caller sees, the youngest first, each with what its last delivery met.</summary>
static class CallbacksEndpoint
{
    static readonly string[] Names = ["status", "cursor", "limit"];

    public static void MapCallbacks(this IEndpointRouteBuilder queue) => queue.MapGet("/callbacks", List).WithName("list-callbacks").Needs(Scopes.Read);

    static async Task<IResult> List(HttpContext http, Database database)
    {
        var problems = new ProblemList();
        var query = http.Request.Query;
        ListQuery.CheckNames(query, Names, problems);
        var status = ListQuery.OneOf(query, "status", CallbackStatus.All, problems);
        var (before, limit) = (Cursor(query, problems), ListQuery.Limit(query, problems));
        if (!problems.IsEmpty) return Problems.Invalid(problems).Answer();
        // One more than asked for tells whether there is a next page.
        var page = await CallbackReader.List(database, new(Caller.Of(http).OnlyClient, status, before, limit + 1), http.RequestAborted).WithinLimit();
        var cursor = page.Count > limit ? page[limit - 1].Id.ToString("N") : null;
        return ListAnswer.Page(http, page.Take(limit), cursor, Write);
    }

    static Guid? Cursor(IQueryCollection query, ProblemList problems)
    {
        if (!query.TryGetValue("cursor", out var value)) return null;
        if (Guid.TryParseExact(value, "N", out var id)) return id;
        problems.Add("cursor", "must be the next_cursor of an earlier page.");
        return null;
    }

    static void Write(Utf8JsonWriter json, CallbackItem c)
    {
        json.WriteStartObject();
        json.WriteString("id", c.Id.ToString("N"));
        json.WriteString("token", RequestToken.Of(c.RequestId));
        json.WriteString("request_status", c.RequestStatus);
        json.Optional("ended_at", (DateTime?)c.EndedAt);
        json.WriteString("url", c.State.Url);
        json.WriteString("status", c.State.Status);
        json.WriteNumber("deliveries", c.State.Attempts);
        json.Optional("next_delivery_at", c.State.NextAttemptAt);
        json.Optional("http_status", c.HttpStatus);
        json.Optional("error", c.Error);
        json.WriteEndObject();
    }
}
