using Riq.Api.Http;
using Riq.Api.Results;
using Riq.Api.Security;
using Riq.Contracts;
using Riq.Engine;
using Riq.Engine.Gate;
using Riq.Engine.Results;
using Riq.Engine.Security;
using Riq.Engine.Statistics;
using Riq.Engine.Storage;
using Riq.Engine.Submission;

namespace Riq.Api.Submission;

/// <summary><c>POST /api/queue/submit</c>: once it answers 200, the request is stored and will be carried out.</summary>
static class SubmitEndpoint
{
    public static void MapSubmit(this IEndpointRouteBuilder queue) => queue.MapPost("/submit", Submit).WithName("submit").Needs(Scopes.Submit);

    static async Task<IResult> Submit(HttpContext http, SubmissionReader reader, Submitter submitter, QueueStatistics statistics, RequestResults results, ServiceStates services, RiqOptions options, SubmissionQuota quota, ILogger<Submitter> log)
    {
        var (json, refusal) = await RequestBody.ReadJson(http.Request);
        if (json is null) return refusal!.Answer();

        NewRequest? request;
        TimeSpan? wait;
        using (json)
        {
            var problems = new ProblemList();
            wait = WaitTime.Read(http.Request, problems, orPreference: true);
            request = reader.Read(json.RootElement, SubmissionCall.Origin(http, problems), problems);
            if (request is null || !problems.IsEmpty) return Problems.Invalid(problems).Answer();
        }
        if (SubmissionCall.IsFull(request.Operation.Service, statistics, options)) return Full(http, request.Operation.Service);
        if (await quota.Refusal(http, count: 1) is { } exceeded) return exceeded;

        var stored = await submitter.Submit(request).WithinLimit();
        if (stored.Refusal is { } refused) return Problems.Invalid(refused).Answer();
        if (!stored.SameContent) return Problems.OtherContent().Answer();
        if (stored.Replayed) http.Response.Headers["Idempotent-Replayed"] = "true";
        if (wait is { } limit)
        {
            http.Response.Headers["Preference-Applied"] = $"wait={limit.TotalSeconds:0}";
            if (await End(results, stored.Id, limit, log, http.RequestAborted) is { } snapshot) return ResultAnswer.Of(http, await services.Explain(snapshot));
        }
        return JsonAnswer.Ok(json => SubmitAnswer.Write(json, request, stored, statistics));
    }

    // The request is stored: its token must reach the client, also when Postgres goes away while the client waits.
    static async Task<RequestSnapshot?> End(RequestResults results, Guid id, TimeSpan limit, ILogger log, CancellationToken cancellation)
    {
        try { return await results.Await(id, limit, sees: static _ => true, cancellation); }
        catch (Exception e) when (Database.IsOutage(e)) { Outage.WaitGivenUp(log, e.Message); return null; }
    }

    static IResult Full(HttpContext http, string service)
    {
        http.Response.Headers.RetryAfter = "30";
        return Problems.QueueFull(service).Answer();
    }
}
