using System.Text.Json;
using Riq.Api.Http;
using Riq.Api.Security;
using Riq.Contracts;
using Riq.Engine.Gate;
using Riq.Engine.Security;
using Riq.Engine.Submission;

namespace Riq.Api.Services;

/// <summary>What operators see of the services and do to them: pause, resume, and keep a circuit open or closed.</summary>
static class ServiceEndpoints
{
    public const int MaxReasonLength = 500;
    static readonly TimeSpan LongestPause = TimeSpan.FromDays(30);

    public static void MapServices(this IEndpointRouteBuilder queue)
    {
        queue.MapGet("/services", List).WithName("list-services").Needs(Scopes.Read);
        queue.MapPost("/services/{service}/pause", Pause).WithName("pause-service").Needs(Scopes.Operate);
        queue.MapPost("/services/{service}/resume", Resume).WithName("resume-service").Needs(Scopes.Operate);
        queue.MapPost("/services/{service}/circuit", ForceCircuit).WithName("force-circuit").Needs(Scopes.Operate);
        queue.MapLimits();
    }

    static async Task<IResult> List(ServiceStates states, ServiceAnswer answer)
    {
        var all = await states.Current().WithinLimit();
        return ListAnswer.Of(all, answer.Write);
    }

    static async Task<IResult> Pause(HttpContext http, string service, OperationCatalog catalog, ServiceCommands commands, ServiceAnswer answer)
    {
        if (!catalog.Services.Contains(service)) return Problems.UnknownService(catalog.Services).Answer();
        var problems = new ProblemList();
        string? reason = null;
        TimeSpan? lasting = null;
        if (HasBody(http.Request))
        {
            var (json, refusal) = await RequestBody.Read(http.Request);
            if (json is null) return refusal!.Answer();
            using (json) (reason, lasting) = ReadPause(json.RootElement, problems);
        }
        if (!problems.IsEmpty) return Problems.Invalid(problems).Answer();
        return answer.Of(await commands.Pause(service, Authentication.ClientOf(http), reason, lasting).WithinLimit());
    }

    static async Task<IResult> Resume(HttpContext http, string service, OperationCatalog catalog, ServiceCommands commands, ServiceAnswer answer) =>
        catalog.Services.Contains(service) ? answer.Of(await commands.Resume(service, Authentication.ClientOf(http)).WithinLimit()) : Problems.UnknownService(catalog.Services).Answer();

    static async Task<IResult> ForceCircuit(HttpContext http, string service, OperationCatalog catalog, ServiceCommands commands, ServiceAnswer answer)
    {
        if (!catalog.Services.Contains(service)) return Problems.UnknownService(catalog.Services).Answer();
        var (json, refusal) = await RequestBody.Read(http.Request);
        if (json is null) return refusal!.Answer();
        var problems = new ProblemList();
        CircuitPhase? phase;
        using (json) phase = ReadCircuit(json.RootElement, problems);
        if (!problems.IsEmpty) return Problems.Invalid(problems).Answer();
        return answer.Of(await commands.ForceCircuit(service, phase, Authentication.ClientOf(http)).WithinLimit());
    }

    // A pause needs no body: without one it lasts until somebody resumes.
    static bool HasBody(HttpRequest request) => request.ContentLength is > 0 || request.ContentLength is null && request.Headers.TransferEncoding.Count > 0;

    static (string?, TimeSpan?) ReadPause(JsonElement body, ProblemList problems)
    {
        string? reason = null;
        TimeSpan? lasting = null;
        foreach (var (name, value) in Fields(body, problems, "reason", "for_seconds"))
            if (name == "reason")
            {
                if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 and <= MaxReasonLength } text) reason = text;
                else problems.Add("reason", $"must be a text of 1 to {MaxReasonLength} characters.");
            }
            else if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var seconds) && seconds >= 1 && seconds <= LongestPause.TotalSeconds) lasting = TimeSpan.FromSeconds(seconds);
            else problems.Add("for_seconds", $"must be a whole number from 1 to {LongestPause.TotalSeconds:0}.");
        return (reason, lasting);
    }

    static CircuitPhase? ReadCircuit(JsonElement body, ProblemList problems)
    {
        var given = Fields(body, problems, "state").Select(f => f.Value.ValueKind == JsonValueKind.String ? f.Value.GetString() : null).SingleOrDefault();
        if (given is not ("open" or "closed" or "auto") && problems.IsEmpty) problems.Add("state", "must be open, closed or auto.");
        return given switch { "open" => CircuitPhase.Open, "closed" => CircuitPhase.Closed, _ => null };
    }

    static IEnumerable<(string Name, JsonElement Value)> Fields(JsonElement body, ProblemList problems, params string[] known)
    {
        if (body.ValueKind != JsonValueKind.Object) { problems.Add("body", "must be an object."); yield break; }
        foreach (var field in body.EnumerateObject())
            if (known.Contains(field.Name)) yield return (field.Name, field.Value);
            else problems.Add(ProblemList.Printable(field.Name), $"is unknown; known: {string.Join(", ", known)}.");
    }
}
