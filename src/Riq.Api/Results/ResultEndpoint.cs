using Riq.Api.Http;
using Riq.Api.Security;
using Riq.Contracts;
using Riq.Engine.Gate;
using Riq.Engine.Requests;
using Riq.Engine.Results;
using Riq.Engine.Security;

namespace Riq.Api.Results;

/// <summary><c>GET /api/queue/result/{token}?wait=N</c>: what became of a request, the moment it ends.</summary>
static class ResultEndpoint
{
    public static void MapResult(this IEndpointRouteBuilder queue) => queue.MapGet("/result/{token}", Get).WithName("result").Needs(Scopes.Read);

    static async Task<IResult> Get(HttpContext http, string token, RequestResults results, ServiceStates services)
    {
        var problems = new ProblemList();
        var wait = WaitTime.Read(http.Request, problems) ?? TimeSpan.Zero;
        if (!problems.IsEmpty) return Problems.Invalid(problems).Answer();
        if (!RequestToken.TryParse(token, out var id)) return Problems.UnknownToken().Answer();

        var caller = Caller.Of(http);
        string known = http.Request.Headers.IfNoneMatch.ToString();
        // Somebody else's request is not waited for: it answers like an unknown one, and as fast.
        var snapshot = await results.Await(id, wait, caller.Sees, http.RequestAborted, enough: known.Length > 0 ? r => !Matches(known, r) : null);
        if (snapshot is null || !caller.Sees(snapshot.ClientId)) return Problems.UnknownToken().Answer();
        if (known.Length == 0 || !Matches(known, snapshot)) return ResultAnswer.Of(http, await services.Explain(snapshot));
        http.Response.Headers.ETag = ResultAnswer.ETag(snapshot);
        return Microsoft.AspNetCore.Http.Results.StatusCode(StatusCodes.Status304NotModified);
    }

    static bool Matches(string known, RequestSnapshot r) => known == "*" || known.Split(',', StringSplitOptions.TrimEntries).Any(tag => tag == ResultAnswer.ETag(r) || tag == "W/" + ResultAnswer.ETag(r));
}
