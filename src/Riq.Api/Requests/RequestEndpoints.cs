using Riq.Api.Http;
using Riq.Api.Results;
using Riq.Api.Security;
using Riq.Contracts;
using Riq.Engine.Gate;
using Riq.Engine.Requests;
using Riq.Engine.Results;

namespace Riq.Api.Requests;

/// <summary>Lists, details and cancellation of a client's own requests.</summary>
static class RequestEndpoints
{
    public static void MapRequests(this IEndpointRouteBuilder queue)
    {
        queue.MapGet("/requests", List).WithName("list-requests");
        queue.MapGet("/requests/{token}", Detail).WithName("request-detail");
        queue.MapPost("/requests/{token}/cancel", Cancel).WithName("cancel-request");
    }

    static async Task<IResult> List(HttpContext http, RequestReader reader, ServiceStates services)
    {
        var problems = new ProblemList();
        var filter = RequestListQuery.Read(http.Request.Query, Authentication.ClientOf(http), problems);
        if (!problems.IsEmpty) return Problems.Invalid(problems).Answer();
        // One more than asked for tells whether there is a next page.
        var page = await reader.List(filter with { Limit = filter.Limit + 1 }, http.RequestAborted).WithinLimit();
        var items = await services.Explain([.. page.Take(filter.Limit)]);
        var cursor = page.Count > filter.Limit ? RequestToken.Of(page[filter.Limit - 1].Id) : null;
        if (cursor is not null) http.Response.Headers.Link = $"<{RequestListQuery.NextPage(http.Request, cursor)}>; rel=\"next\"";
        return JsonAnswer.Ok(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("items");
            foreach (var r in items) RequestAnswer.WriteItem(json, r);
            json.WriteEndArray();
            json.Optional("next_cursor", cursor);
            json.WriteEndObject();
        });
    }

    static async Task<IResult> Detail(HttpContext http, string token, RequestReader reader, ServiceStates services)
    {
        var detail = RequestToken.TryParse(token, out var id) ? await reader.Find(id, http.RequestAborted).WithinLimit() : null;
        if (detail is null || detail.Snapshot.ClientId != Authentication.ClientOf(http)) return Problems.UnknownToken().Answer();
        detail = detail with { Snapshot = await services.Explain(detail.Snapshot) };
        http.Response.Headers.ETag = ResultAnswer.ETag(detail.Snapshot);
        return JsonAnswer.Ok(json => RequestAnswer.WriteDetail(json, detail));
    }

    static async Task<IResult> Cancel(HttpContext http, string token, RequestCommands commands, RequestResults results)
    {
        if (!RequestToken.TryParse(token, out var id)) return Problems.UnknownToken().Answer();
        var client = Authentication.ClientOf(http);
        var outcome = await commands.Cancel(id, client, by: client).WithinLimit();
        if (outcome == CommandOutcome.NotFound || await results.Read(id) is not { } now) return Problems.UnknownToken().Answer();
        return outcome == CommandOutcome.Done ? ResultAnswer.Of(http, now) : Problems.NotCancelled(now.Status).Answer();
    }
}
