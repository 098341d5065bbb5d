using Riq.Api.Http;
using Riq.Api.Requests;
using Riq.Api.Security;
using Riq.Contracts;
using Riq.Engine.Requests;
using Riq.Engine.Security;
using Riq.Engine.Submission;

namespace Riq.Api.Submission;

/// <summary><c>GET /api/queue/refused-submissions</c>: messages of the bus that were refused and whose sender waits for no answer.</summary>
static class RefusedSubmissionEndpoint
{
    static readonly string[] Names = ["cursor", "limit"];

    public static void MapRefusedSubmissions(this IEndpointRouteBuilder queue) => queue.MapGet("/refused-submissions", List).WithName("list-refused-submissions").Needs(Scopes.Read);

    static async Task<IResult> List(HttpContext http, RefusedSubmissions refused)
    {
        var problems = new ProblemList();
        ListQuery.CheckNames(http.Request.Query, Names, problems);
        var (before, limit) = (ListQuery.Cursor(http.Request.Query, problems), ListQuery.Limit(http.Request.Query, problems));
        if (!problems.IsEmpty) return Problems.Invalid(problems).Answer();
        // One more than asked for tells whether there is a next page.
        var page = await refused.List(Caller.Of(http).OnlyClient, before, limit + 1, http.RequestAborted).WithinLimit();
        var cursor = page.Count > limit ? RequestToken.Of(page[limit - 1].Id) : null;
        return ListAnswer.Page(http, page.Take(limit), cursor, Write);
    }

    static void Write(System.Text.Json.Utf8JsonWriter json, RefusedSubmission r)
    {
        json.WriteStartObject();
        json.Optional("at", (DateTime?)r.At);
        json.Optional("message_id", r.MessageId);
        json.Optional("user_id", r.UserId);
        json.WriteNumber("status", r.Status);
        json.WriteString("title", r.Title);
        json.WriteString("detail", r.Detail);
        json.OptionalJson("errors", r.Errors);
        json.WriteString("body", r.Body);
        json.WriteEndObject();
    }
}
