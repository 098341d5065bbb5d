using System.Globalization;
using System.Text.Json;
using Riq.Api.Http;
using Riq.Api.Requests;
using Riq.Api.Security;
using Riq.Contracts;
using Riq.Engine.Security;
using Riq.Engine.Statistics;

namespace Riq.Api.Status;

/// <summary><c>GET /api/queue/history?minutes=1..1440</c>: depth, rates and latency over time.</summary>
static class HistoryEndpoint
{
    const int DefaultMinutes = 60;

    public static void MapHistory(this IEndpointRouteBuilder queue) => queue.MapGet("/history", List).WithName("queue-history").Needs(Scopes.Read);

    static async Task<IResult> List(HttpContext http, HistoryReader reader)
    {
        var problems = new ProblemList();
        ListQuery.CheckNames(http.Request.Query, ["minutes"], problems);
        var minutes = Minutes(http.Request.Query, problems);
        if (!problems.IsEmpty) return Problems.Invalid(problems).Answer();
        var points = await reader.Read(minutes, http.RequestAborted).WithinLimit();
        return ListAnswer.Of(points, Write);
    }

    static int Minutes(IQueryCollection query, ProblemList problems)
    {
        if (!query.TryGetValue("minutes", out var value)) return DefaultMinutes;
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var minutes) && minutes is >= 1 and <= HistoryReader.LongestMinutes) return minutes;
        problems.Add("minutes", $"must be a whole number from 1 to {HistoryReader.LongestMinutes}.");
        return DefaultMinutes;
    }

    static void Write(Utf8JsonWriter json, HistoryPoint p)
    {
        json.WriteStartObject();
        json.Optional("at", (DateTime?)p.At);
        json.WriteNumber("queued", p.Queued);
        json.WriteNumber("processing", p.Processing);
        Optional(json, "oldest_seconds", p.OldestSeconds);
        Optional(json, "ended_per_second", p.EndedPerSecond);
        Optional(json, "unsuccessful_per_second", p.UnsuccessfulPerSecond);
        Optional(json, "p50_ms", p.P50);
        Optional(json, "p95_ms", p.P95);
        Optional(json, "p99_ms", p.P99);
        json.WriteEndObject();
    }

    static void Optional(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number) json.WriteNumber(name, Math.Round(number, 2));
    }
}
