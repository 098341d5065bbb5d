using System.Text.Json;
using Riq.Api.Http;
using Riq.Api.Requests;
using Riq.Api.Security;
using Riq.Contracts;
using Riq.Engine.DeadLetters;
using Riq.Engine.Security;

namespace Riq.Api.DeadLetters;

/// <summary>Retry and purge of many dead letters by filter, and how far that has come.</summary>
static class BulkEndpoints
{
    public const int DefaultFirst = 5, MostFirst = 100, DefaultPerSecond = 50, MostPerSecond = 1_000;

    public static void MapBulkOperations(this IEndpointRouteBuilder queue)
    {
        queue.MapPost("/dead-letters/retry", (HttpContext http, BulkStore store) => Begin(http, store, BulkKind.Retry)).WithName("retry-dead-letters").Needs(Scopes.Operate);
        queue.MapDelete("/dead-letters", (HttpContext http, BulkStore store) => Begin(http, store, BulkKind.Purge)).WithName("purge-dead-letters").Needs(Scopes.Operate);
        queue.MapGet("/bulk-operations", List).WithName("list-bulk-operations").Needs(Scopes.Operate);
        queue.MapGet("/bulk-operations/{id}", Show).WithName("bulk-operation").Needs(Scopes.Operate);
        queue.MapPost("/bulk-operations/{id}/abort", Abort).WithName("abort-bulk-operation").Needs(Scopes.Operate);
    }

    static async Task<IResult> Begin(HttpContext http, BulkStore store, string kind)
    {
        var problems = new ProblemList();
        var query = http.Request.Query;
        var filter = DeadLetterQuery.Read(query, Caller.Of(http).OnlyClient, problems, ["all", "dry_run", "per_second", .. kind == BulkKind.Retry ? ["first"] : Array.Empty<string>()]);
        var (all, dryRun) = (DeadLetterQuery.Flag(query, "all", problems), DeadLetterQuery.Flag(query, "dry_run", problems));
        var first = DeadLetterQuery.Number(query, "first", 0, MostFirst, problems) ?? DefaultFirst;
        var pace = DeadLetterQuery.Number(query, "per_second", 1, MostPerSecond, problems) ?? DefaultPerSecond;
        await DeadLetterBody.CheckEmpty(http.Request, problems);
        if (problems.IsEmpty && filter.IsAll && !all) problems.Add("all", "must be true to take every dead letter there is; otherwise give at least one filter.");
        if (problems.IsEmpty && !filter.IsAll && all) problems.Add("all", "is for every dead letter there is; leave it out beside filters.");
        if (!problems.IsEmpty) return Problems.Invalid(problems).Answer();
        if (dryRun) return DryRun(kind, await store.Count(filter, kind, http.RequestAborted).WithinLimit());
        var operation = await store.Begin(filter, kind, http.Request.QueryString.Value ?? "", Authentication.ClientOf(http), first, pace, http.RequestAborted).WithinLimit();
        http.Response.Headers.Location = $"/api/queue/bulk-operations/{operation.Id:N}";
        return Answer(operation, StatusCodes.Status202Accepted);
    }

    static async Task<IResult> List(HttpContext http, BulkStore store)
    {
        var problems = new ProblemList();
        ListQuery.CheckNames(http.Request.Query, ["limit"], problems);
        var limit = ListQuery.Limit(http.Request.Query, problems);
        if (!problems.IsEmpty) return Problems.Invalid(problems).Answer();
        var operations = await store.Newest(limit, http.RequestAborted).WithinLimit();
        return ListAnswer.Of(operations, Write);
    }

    static async Task<IResult> Show(string id, BulkStore store, HttpContext http) =>
        await Find(id, store, http) is { } operation ? Answer(operation) : Problems.UnknownBulkOperation().Answer();

    static async Task<IResult> Abort(string id, BulkStore store, HttpContext http)
    {
        if (await Find(id, store, http) is not { } operation) return Problems.UnknownBulkOperation().Answer();
        await store.Abort(operation.Id, Authentication.ClientOf(http)).WithinLimit();
        return Answer((await store.Find(operation.Id, http.RequestAborted).WithinLimit())!);
    }

    static async Task<BulkOperation?> Find(string id, BulkStore store, HttpContext http) =>
        Guid.TryParseExact(id, "N", out var known) ? await store.Find(known, http.RequestAborted).WithinLimit() : null;

    static JsonAnswer DryRun(string kind, (long Total, long Unknown) count) => JsonAnswer.Ok(json =>
    {
        json.WriteStartObject();
        json.WriteBoolean("dry_run", true);
        json.WriteString("kind", kind);
        json.WriteNumber("total", Math.Min(count.Total, BulkStore.LargestList));
        json.WriteNumber("left_out_unknown", count.Unknown);
        json.WriteEndObject();
    });

    static JsonAnswer Answer(BulkOperation operation, int status = StatusCodes.Status200OK) => new(status, JsonAnswer.ContentType, json => Write(json, operation));

    static void Write(Utf8JsonWriter json, BulkOperation o)
    {
        json.WriteStartObject();
        json.WriteString("id", o.Id.ToString("N"));
        json.WriteString("kind", o.Kind);
        json.WriteString("state", o.State);
        json.WriteString("by", o.By);
        json.WriteString("query", o.Filter);
        json.WriteNumber("total", o.Total);
        json.WriteNumber("done", o.Done);
        json.WriteNumber("skipped", o.Skipped);
        json.WriteNumber("waiting", o.Total - o.Done - o.Skipped);
        json.WriteNumber("per_second", o.PerSecond);
        if (o.Kind == BulkKind.Retry) json.WriteNumber("first", o.First);
        json.Optional("created_at", (DateTime?)o.CreatedAt);
        json.Optional("ended_at", o.EndedAt);
        json.Optional("reason", o.Reason);
        json.WriteString("url", $"/api/queue/bulk-operations/{o.Id:N}");
        json.WriteEndObject();
    }
}
