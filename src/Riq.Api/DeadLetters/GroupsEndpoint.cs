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

    static async Task<IResult> List(HttpContext http, DeadLetterReader reader, GroupNotes notes)
    {
        var problems = new ProblemList();
        var filter = DeadLetterQuery.Read(http.Request.Query, Caller.Of(http).OnlyClient, problems);
        if (!problems.IsEmpty) return Problems.Invalid(problems).Answer();
        var groups = await reader.Groups(filter, http.RequestAborted).WithinLimit();
        // A group has dead letters of many clients, and what operators say of them is for operators.
        var noted = filter.ClientId is null ? await notes.Of(groups.Select(g => g.Fingerprint), http.RequestAborted).WithinLimit() : null;
        return ListAnswer.Of(groups, (json, g) => Write(json, g, noted?[g.Fingerprint]));
    }

    static void Write(Utf8JsonWriter json, DeadLetterGroup g, IEnumerable<GroupNote>? notes)
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
        json.WriteNumber("last_hour", g.PerHour[^1]);
        json.WriteStartArray("per_hour");
        foreach (var died in g.PerHour) json.WriteNumberValue(died);
        json.WriteEndArray();
        json.WriteString("trend", Remedy.Trend(g.PerHour[^1], g.PerHour[^2]));
        json.WriteString("remedy", Remedy.For(g.Code, g.Service, g.AnyUnknown));
        json.WriteString("newest", RequestToken.Of(g.Newest));
        json.WriteString("retry_url", $"/api/queue/dead-letters/retry?fingerprint={g.Fingerprint}");
        if (notes is not null) WriteNotes(json, notes);
        json.WriteEndObject();
    }

    static void WriteNotes(Utf8JsonWriter json, IEnumerable<GroupNote> notes)
    {
        json.WriteStartArray("notes");
        foreach (var note in notes) NoteEndpoints.Write(json, note);
        json.WriteEndArray();
    }
}
