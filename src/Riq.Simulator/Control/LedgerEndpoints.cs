using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Simulator.Exchange;
using Riq.Simulator.Ledger;
using Riq.Simulator.Limits;

namespace Riq.Simulator.Control;

/// <summary>What has happened: the ledger, its assertions, the points, and what each marker brought about.</summary>
static class LedgerEndpoints
{
    const int DefaultLimit = 1000, MaxLimit = 1_000_000;

    public static void Map(IEndpointRouteBuilder group)
    {
        group.MapGet("/ledger", Rows);
        group.MapGet("/ledger/assertions", (Assertions assertions) => ControlEndpoints.Json(assertions.ToJson()));
        group.MapGet("/ledger/points", Points);
        group.MapGet("/effects", Effects);
    }

    /// <summary>Rows after the sequence number <paramref name="since"/>; <c>next</c> is the one to go on with.</summary>
    static IResult Rows(CallLedger ledger, long? since, string? marker, int? limit)
    {
        var most = Math.Clamp(limit ?? DefaultLimit, 1, MaxLimit);
        var last = ledger.Last;
        var rows = ledger.After(since ?? 0).Where(r => marker is null || r.Marker == marker).Take(most).ToArray();
        return ControlEndpoints.Json(new JsonObject
        {
            ["rows"] = new JsonArray([.. rows.Select(r => (JsonNode)Row(r))]), ["next"] = rows.Length == most ? rows[^1].Seq : Math.Max(last, since ?? 0), ["last"] = last,
        });
    }

    static JsonObject Row(LedgerRow row) => new()
    {
        ["seq"] = row.Seq, ["time"] = row.Time.ToString("O"), ["worker"] = row.Worker, ["method"] = row.Method, ["route"] = row.Route, ["path"] = row.Path,
        ["marker"] = row.Marker, ["committed"] = row.Committed, ["status"] = row.Status, ["fault"] = row.Fault, ["violation"] = row.Violation,
    };

    static IResult Points(RateLimits limits) => ControlEndpoints.Json(new JsonObject { ["jira"] = Hours(limits.Points(Product.Jira)), ["confluence"] = Hours(limits.Points(Product.Confluence)) });

    static JsonArray Hours(PointsLedger points) => new([.. points.Hours().Select(h => (JsonNode)new JsonObject { ["from"] = h.From.ToString("O"), ["points"] = h.Points })]);

    /// <summary>Written as it goes: after a benchmark there are hundreds of thousands.</summary>
    static async Task Effects(HttpContext http, Effects effects, string? marker, bool? duplicates)
    {
        http.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(http.Response.BodyWriter);
        json.WriteStartObject();
        foreach (var (token, ids) in marker is null ? effects.All : [KeyValuePair.Create(marker, effects.Of(marker))])
        {
            if (ids.Length == 0 || duplicates == true && ids.Length < 2) continue;
            json.WriteStartArray(token);
            foreach (var id in ids) json.WriteStringValue(id);
            json.WriteEndArray();
            if (json.BytesPending > 64 * 1024) await json.FlushAsync(http.RequestAborted);
        }
        json.WriteEndObject();
    }
}
