using Riq.Api.Http;
using Riq.Api.Requests;
using Riq.Api.Security;
using Riq.Contracts;
using Riq.Engine;
using Riq.Engine.Requests;
using Riq.Engine.Security;
using Riq.Engine.Timeline;

namespace Riq.Api.Events;

/// <summary><c>GET /api/queue/events</c>: server-sent events of every change of the caller's requests, from now on or from <c>Last-Event-ID</c> on.</summary>
static class EventsEndpoint
{
    const int MostValues = 100;
    static readonly string[] Names = ["token", "service", "status", "last_event_id"];

    public static void MapEvents(this IEndpointRouteBuilder queue) => queue.MapGet("/events", Listen).WithName("events").Needs(Scopes.Read);

    static async Task Listen(HttpContext http, LiveChanges live, ChangeReader reader, RiqOptions options, TimeProvider time, IHostApplicationLifetime application)
    {
        var problems = new ProblemList();
        var filter = Filter(http, problems);
        if (!problems.IsEmpty) { await Problems.Invalid(problems).Answer().ExecuteAsync(http); return; }
        using var listener = live.Join(filter, options.Events.MaxListeners);
        if (listener is null)
        {
            http.Response.Headers.RetryAfter = "5";
            await Problems.TooManyListeners(options.Events.MaxListeners).Answer().ExecuteAsync(http);
            return;
        }
        // A browser's EventSource sends the header; a first connection may give the id in the query.
        var last = http.Request.Headers["Last-Event-ID"].FirstOrDefault() ?? http.Request.Query["last_event_id"].FirstOrDefault();
        // Streams have no end of their own: without this the process would wait for them when it stops.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, application.ApplicationStopping);
        await new EventStream(http.Response, listener, filter, reader, options.Events, time).Run(last, end.Token);
    }

    static ChangeFilter Filter(HttpContext http, ProblemList problems)
    {
        var query = http.Request.Query;
        ListQuery.CheckNames(query, Names, problems);
        var tokens = Values(query, "token", problems);
        var requests = tokens.Select(t => RequestToken.TryParse(t, out var id) ? id : (Guid?)null).ToArray();
        if (requests.Contains(null)) problems.Add("token", "must be tokens as submit returned them.");
        var statuses = Values(query, "status", problems);
        if (statuses.Except(RequestStatus.All).Any()) problems.Add("status", $"must be among: {string.Join(", ", RequestStatus.All)}.");
        return new(Caller.Of(http).OnlyClient, requests.OfType<Guid>().ToHashSet(), Values(query, "service", problems), statuses);
    }

    // Repeated or separated by commas.
    static HashSet<string> Values(IQueryCollection query, string name, ProblemList problems)
    {
        var values = query[name].SelectMany(v => (v ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToHashSet(StringComparer.Ordinal);
        if (values.Count > MostValues) problems.Add(name, $"must have at most {MostValues} values.");
        return values;
    }
}
