using System.Text.Json;
using Riq.Api.Http;
using Riq.Api.Security;
using Riq.Contracts;
using Riq.Engine;
using Riq.Engine.Gate;
using Riq.Engine.Security;
using Riq.Engine.Submission;

namespace Riq.Api.Services;

/// <summary>An operator's limits in place of the settings: what is given is set, null goes back to the setting, what is absent stays.</summary>
static class LimitsEndpoint
{
    const int MostConcurrency = 10_000;

    public static void MapLimits(this IEndpointRouteBuilder queue) => queue.MapPatch("/services/{service}/limits", Change).WithName("change-limits").Needs(Scopes.Operate);

    static async Task<IResult> Change(HttpContext http, string service, OperationCatalog catalog, ServiceCommands commands, ServiceAnswer answer)
    {
        if (!catalog.Services.Contains(service)) return Problems.UnknownService(catalog.Services).Answer();
        var (json, refusal) = await RequestBody.Read(http.Request);
        if (json is null) return refusal!.Answer();
        var problems = new ProblemList();
        LimitChange change;
        using (json) change = Read(json.RootElement, problems);
        if (!problems.IsEmpty) return Problems.Invalid(problems).Answer();
        return answer.Of(await commands.ChangeLimits(service, change, Authentication.ClientOf(http)).WithinLimit());
    }

    static LimitChange Read(JsonElement body, ProblemList problems)
    {
        var change = new LimitChange();
        if (body.ValueKind != JsonValueKind.Object) { problems.Add("body", "must be an object."); return change; }
        var given = body.EnumerateObject().ToArray();
        if (given.Length == 0) problems.Add("body", "must name at least one of rate, burst, concurrency, holds.");
        foreach (var field in given)
            switch (field.Name)
            {
                case "rate": change = change with { Rate = new(Number(field, 0, ServiceOptions.MostPerMinute, problems)) }; break;
                case "burst": change = change with { Burst = new(Number(field, 1, ServiceOptions.MostAtOnce, problems)) }; break;
                case "concurrency": change = change with { Concurrency = new(Number(field, 1, MostConcurrency, problems)) }; break;
                case "holds" when field.Value.ValueKind == JsonValueKind.Null: change = change with { LiftsHolds = true }; break;
                case "holds": problems.Add("holds", "can only be null: what the service asked for is forgotten."); break;
                default: problems.Add(ProblemList.Printable(field.Name), "is unknown; known: rate, burst, concurrency, holds."); break;
            }
        return change;
    }

    static int? Number(JsonProperty field, int min, int max, ProblemList problems)
    {
        if (field.Value.ValueKind == JsonValueKind.Null) return null;
        if (field.Value.ValueKind == JsonValueKind.Number && field.Value.TryGetInt32(out var number) && number >= min && number <= max) return number;
        problems.Add(field.Name, $"must be a whole number from {min} to {max:0}, or null for the setting.");
        return null;
    }
}
