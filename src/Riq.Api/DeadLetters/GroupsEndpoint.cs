using System.Text.Json;
using Riq.Api.Http;
using Riq.Api.Security;
using Riq.Contracts;
using Riq.Engine.DeadLetters;
using Riq.Engine.Requests;
using Riq.Engine.Security;

namespace Riq.Api.DeadLetters;

/// <summary><c>GET /api/queue/dead-letters/groups</c>: dead letters of one kind together, the largest group first, with what most likely helps.</summary>
static class GroupsEndpoint
{
    public static void MapDeadLetterGroups(this IEndpointRouteBuilder queue) => queue.MapGet("/dead-letters/groups", List).WithName("dead-letter-groups").Needs(Scopes.Read);

    static async Task<IResult> List(HttpContext http, DeadLetterReader reader)
    {
        var problems = new ProblemList();
        var filter = DeadLetterQuery.Read(http.Request.Query, Caller.Of(http).OnlyClient, problems);
        if (!problems.IsEmpty) return Problems.Invalid(problems).Answer();
        var groups = await reader.Groups(filter, http.RequestAborted).WithinLimit();
        return ListAnswer.Of(groups, Write);
    }

    static void Write(Utf8JsonWriter json, DeadLetterGroup g)
    {
        json.WriteStartObject();
        json.WriteString("fingerprint", g.Fingerprint);
        json.WriteString("service", g.Service);
        json.WriteString("operation", g.Operation);
        json.Optional("code", g.Code);
        json.Optional("message", g.Message);
        json.WriteNumber("count", g.Count);
        json.Optional("first_seen", (DateTime?)g.FirstSeen);
        json.Optional("last_seen", (DateTime?)g.LastSeen);
        json.WriteNumber("last_hour", g.LastHour);
        json.WriteString("trend", Remedy.Trend(g.LastHour, g.HourBefore));
        json.WriteString("remedy", Remedy.For(g.Code, g.Service, g.AnyUnknown));
        json.WriteString("newest", RequestToken.Of(g.Newest));
        json.WriteString("retry_url", $"/api/queue/dead-letters/retry?fingerprint={g.Fingerprint}");
        json.WriteEndObject();
    }
}
