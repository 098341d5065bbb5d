using Riq.Api.Http;
using Riq.Api.Results;
using Riq.Api.Security;
using Riq.Contracts;
using Riq.Engine;
using Riq.Engine.Callbacks;
using Riq.Engine.Gate;
using Riq.Engine.Order;
using Riq.Engine.Requests;
using Riq.Engine.Results;
using Riq.Engine.Security;

namespace Riq.Api.Requests;

/// <summary>What became of a command: the request as it is now, and why nothing was done if so.</summary>
readonly record struct Done(Problem? Problem, RequestSnapshot? Now = null)
{
    public IResult Answer(HttpContext http) => Problem is null ? ResultAnswer.Of(http, Now!) : Problem.Answer();
}

/// <summary>Lists, details and cancellation of the requests that a caller sees.</summary>
static class RequestEndpoints
{
    public static void MapRequests(this IEndpointRouteBuilder queue)
    {
        queue.MapGet("/requests", List).WithName("list-requests").Needs(Scopes.Read);
        queue.MapGet("/requests/{token}", Detail).WithName("request-detail").Needs(Scopes.Read);
        queue.MapPost("/requests/{token}/cancel", Cancel).WithName("cancel-request").Needs(Scopes.Submit | Scopes.Operate);
        queue.MapPost("/requests/{token}/callback/replay", Replay).WithName("replay-callback").Needs(Scopes.Submit | Scopes.Operate);
        queue.MapPost("/requests/{token}/retry", Retry).WithName("retry-request").Needs(Scopes.Operate);
    }

    static async Task<IResult> List(HttpContext http, RequestReader reader, ServiceStates services)
    {
        var problems = new ProblemList();
        var filter = RequestListQuery.Read(http.Request.Query, Caller.Of(http).OnlyClient, problems);
        if (!problems.IsEmpty) return Problems.Invalid(problems).Answer();
        // One more than asked for tells whether there is a next page.
        var page = await reader.List(filter with { Limit = filter.Limit + 1 }, http.RequestAborted).WithinLimit();
        var items = await services.Explain([.. page.Take(filter.Limit)]);
        var cursor = page.Count > filter.Limit ? RequestToken.Of(page[filter.Limit - 1].Id) : null;
        return ListAnswer.Page(http, items, cursor, RequestAnswer.WriteItem);
    }

    static async Task<IResult> Detail(HttpContext http, string token, RequestReader reader, ServiceStates services, RiqOptions options)
    {
        var caller = Caller.Of(http);
        var detail = RequestToken.TryParse(token, out var id) ? await reader.Find(id, caller.OnlyClient, http.RequestAborted).WithinLimit() : null;
        if (detail is null || !caller.Sees(detail.Snapshot.ClientId)) return Problems.UnknownToken().Answer();
        detail = detail with { Snapshot = await services.Explain(detail.Snapshot) };
        http.Response.Headers.ETag = ResultAnswer.ETag(detail.Snapshot);
        return JsonAnswer.Ok(json => RequestAnswer.WriteDetail(json, detail, options.Operators.TraceOf(detail.Traceparent)));
    }

    static async Task<IResult> Replay(HttpContext http, string token, RequestResults results, CallbackStore callbacks)
    {
        var request = RequestToken.TryParse(token, out var id) ? await results.Read(id).WithinLimit() : null;
        if (request is null || !Caller.Of(http).Sees(request.ClientId)) return Problems.UnknownToken().Answer();
        return await callbacks.Replay(id).WithinLimit() ? Microsoft.AspNetCore.Http.Results.NoContent() : Problems.NoCallback(request.Status).Answer();
    }

    static async Task<IResult> Cancel(HttpContext http, string token, RequestCommands commands, RequestResults results) =>
        (await TryCancel(token, Caller.Of(http), commands, results)).Answer(http);

    public static async Task<Done> TryCancel(string token, Caller caller, RequestCommands commands, RequestResults results)
    {
        if (!RequestToken.TryParse(token, out var id)) return new(Problems.UnknownToken());
        var outcome = await commands.Cancel(id, caller.OnlyClient, by: caller.Client).WithinLimit();
        if (outcome == CommandOutcome.NotFound || await results.Read(id) is not { } now) return new(Problems.UnknownToken());
        return outcome == CommandOutcome.Done ? new(null, now) : new(Problems.NotCancelled(now.Status), now);
    }

    static async Task<IResult> Retry(HttpContext http, string token, RetryWithDependents retries, RequestResults results)
    {
        var problems = new ProblemList();
        ListQuery.CheckNames(http.Request.Query, ["with_dependents"], problems);
        var withDependents = http.Request.Query["with_dependents"].ToString();
        if (withDependents is not ("" or "true" or "false")) problems.Add("with_dependents", "must be true or false.");
        if (!problems.IsEmpty) return Problems.Invalid(problems).Answer();
        return (await TryRetry(token, Caller.Of(http), withDependents == "true", retries, results)).Answer(http);
    }

    public static async Task<Done> TryRetry(string token, Caller caller, bool withDependents, RetryWithDependents retries, RequestResults results)
    {
        if (!RequestToken.TryParse(token, out var id)) return new(Problems.UnknownToken());
        var outcome = await retries.Run(id, by: caller.Client, withDependents).WithinLimit();
        if (outcome == CommandOutcome.NotFound || await results.Read(id) is not { } now) return new(Problems.UnknownToken());
        if (outcome == CommandOutcome.Done) return new(null, now);
        return new(RequestError.SaysUnknown(now.Error) ? Problems.OutcomeUnknown(token) : Problems.NotRetried(now.Status), now);
    }
}
