using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Simulator.Clock;
using Riq.Simulator.Faults;

namespace Riq.Simulator.Control;

/// <summary>Adding, listing and removing fault rules.</summary>
static class FaultEndpoints
{
    public static void Map(IEndpointRouteBuilder group)
    {
        group.MapGet("/faults", (FaultRules rules) => ControlEndpoints.Json(List(rules.All)));
        group.MapPost("/faults", Add);
        group.MapDelete("/faults", (FaultRules rules) => ControlEndpoints.Json(new JsonObject { ["removed"] = rules.Remove(null) }));
        group.MapDelete("/faults/{id}", (string id, FaultRules rules) => rules.Remove(id) > 0 ? Results.NoContent() : Results.NotFound());
    }

    /// <summary>One rule or an array of them; all or none.</summary>
    static async Task<IResult> Add(HttpContext http, FaultRules rules, SimulatorClock clock)
    {
        var body = await ControlEndpoints.Body(http);
        var read = (body.ValueKind == JsonValueKind.Array ? [.. body.EnumerateArray()] : new[] { body }).Select(r => FaultRuleReader.Read(r, clock.GetUtcNow())).ToArray();
        if (read.Select(r => r.Problem).FirstOrDefault(p => p is not null) is { } problem) return ControlEndpoints.Problem(problem);
        FaultRule[] added = [.. read.Select(r => r.Rule!)];
        return rules.Add(added) ? ControlEndpoints.Json(List(added), 201) : ControlEndpoints.Problem($"There may be at most {FaultRules.MaxRules} rules.");
    }

    static JsonArray List(IEnumerable<FaultRule> rules) => new([.. rules.Select(r => (JsonNode)r.ToJson())]);
}
