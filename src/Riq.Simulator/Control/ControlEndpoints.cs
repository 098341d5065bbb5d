using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Simulator.Clock;
using Riq.Simulator.Confluence;
using Riq.Simulator.Exchange;
using Riq.Simulator.Jira;
using Riq.Simulator.Settings;

namespace Riq.Simulator.Control;

/// <summary>Health, settings, counts and reset under <c>/__sim</c>. Calls there have no latency, no faults and no ledger row.</summary>
static class ControlEndpoints
{
    public const string Prefix = "/__sim";

    static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Map(IEndpointRouteBuilder app)
    {
        var group = app.MapGroup(Prefix);
        group.MapGet("/health", Health);
        group.MapGet("/settings", (LiveSettings settings) => Results.Text(settings.ToJson(), "application/json"));
        group.MapPut("/settings", ChangeSettings);
        group.MapPost("/reset", (SiteState site) => { site.Reset(); return Results.NoContent(); });
        group.MapGet("/issues/count", (JiraStore issues, ConfluenceStore pages) => Json(new JsonObject { ["count"] = issues.Count, ["pages"] = pages.Count }));
        group.MapPost("/clock/advance", Advance);
        FaultEndpoints.Map(group);
        LedgerEndpoints.Map(group);
    }

    public static IResult Json(JsonNode json, int status = 200) => Results.Text(json.ToJsonString(Readable), "application/json", statusCode: status);

    public static IResult Problem(string what) => Json(new JsonObject { ["problem"] = what }, 400);

    /// <summary>The body as JSON; undefined when it is none.</summary>
    public static async Task<JsonElement> Body(HttpContext http)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(http.Request.Body, default, http.RequestAborted);
            return document.RootElement.Clone();
        }
        catch (JsonException) { return default; }
    }

    static IResult Health(SimulatorClock clock, JiraStore issues, ConfluenceStore pages, RouteTable routes) => Json(new JsonObject
    {
        ["status"] = "ok", ["time"] = clock.GetUtcNow().ToString("O"), ["issues"] = issues.Count, ["pages"] = pages.Count, ["routes"] = routes.All.Count,
    });

    static async Task<IResult> ChangeSettings(HttpContext http, LiveSettings settings)
    {
        if ((await Body(http)) is not { ValueKind: JsonValueKind.Object } body) return Problem("The body must be a JSON object with the settings to change.");
        return settings.Merge(JsonObject.Create(body)!) is { } problem ? Problem(problem) : Results.Text(settings.ToJson(), "application/json");
    }

    static async Task<IResult> Advance(HttpContext http, SimulatorClock clock)
    {
        if (await Body(http) is not { ValueKind: JsonValueKind.Object } body || !body.TryGetProperty("seconds", out var seconds) || seconds.ValueKind != JsonValueKind.Number || seconds.GetDouble() is not (>= 0 and <= 1e9))
            return Problem("The body must be {\"seconds\": a number from 0}.");
        clock.Advance(TimeSpan.FromSeconds(seconds.GetDouble()));
        return Json(new JsonObject { ["time"] = clock.GetUtcNow().ToString("O") });
    }
}
