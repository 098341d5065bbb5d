using System.Globalization;
using System.Text.Json;
using Riq.Api.Http;
using Riq.Api.Requests;
using Riq.Api.Security;
using Riq.Contracts;
using Riq.Engine.Audit;
using Riq.Engine.Security;

namespace Riq.Api.Audit;

/// <summary><c>GET /api/queue/audit</c>: who did what, the youngest first.</summary>
static class AuditEndpoint
{
    static readonly string[] Names = ["by", "action", "target", "after", "cursor", "limit"];

    public static void MapAudit(this IEndpointRouteBuilder queue) => queue.MapGet("/audit", List).WithName("audit").Needs(Scopes.Operate);

    static async Task<IResult> List(HttpContext http, AuditReader reader)
    {
        var problems = new ProblemList();
        var query = http.Request.Query;
        ListQuery.CheckNames(query, Names, problems);
        var filter = new AuditFilter(ListQuery.Text(query, "by", problems), ListQuery.Text(query, "action", problems), ListQuery.Text(query, "target", problems),
            ListQuery.Time(query, "after", problems), Cursor(query, problems), ListQuery.Limit(query, problems));
        if (!problems.IsEmpty) return Problems.Invalid(problems).Answer();
        // One more than asked for tells whether there is a next page.
        var page = await reader.List(filter with { Limit = filter.Limit + 1 }, http.RequestAborted).WithinLimit();
        var cursor = page.Count > filter.Limit ? page[filter.Limit - 1].Id.ToString(CultureInfo.InvariantCulture) : null;
        return ListAnswer.Page(http, page.Take(filter.Limit), cursor, Write);
    }

    static long? Cursor(IQueryCollection query, ProblemList problems)
    {
        if (!query.TryGetValue("cursor", out var value)) return null;
        if (long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var id)) return id;
        problems.Add("cursor", "must be the next_cursor of an earlier page.");
        return null;
    }

    static void Write(Utf8JsonWriter json, AuditTrace a)
    {
        json.WriteStartObject();
        json.Optional("at", (DateTime?)a.At);
        json.WriteString("by", a.By);
        json.WriteString("action", a.Action);
        json.Optional("target", a.Target);
        json.Optional("client", a.Client);
        json.OptionalJson("details", a.Details);
        json.WriteEndObject();
    }
}
