using System.Text.Json;
using Riq.Api.Http;
using Riq.Api.Requests;
using Riq.Api.Results;
using Riq.Api.Security;
using Riq.Contracts;
using Riq.Engine.DeadLetters;
using Riq.Engine.Requests;
using Riq.Engine.Results;
using Riq.Engine.Security;
using Riq.Engine.Submission;

namespace Riq.Api.DeadLetters;

/// <summary>The dead letters that a caller sees, and what an operator decides about them.</summary>
static class DeadLetterEndpoints
{
    const string Path = "/dead-letters/{token}";

    public static void MapDeadLetters(this IEndpointRouteBuilder queue)
    {
        queue.MapGet("/dead-letters", List).WithName("list-dead-letters").Needs(Scopes.Read);
        queue.MapPost(Path + "/retry", Retry).WithName("retry-dead-letter").Needs(Scopes.Operate);
        queue.MapPost(Path + "/adopt", Adopt).WithName("adopt-dead-letter").Needs(Scopes.Operate);
        queue.MapPost(Path + "/send-again", SendAgain).WithName("send-dead-letter-again").Needs(Scopes.Operate);
        queue.MapPost(Path + "/abandon", Abandon).WithName("abandon-dead-letter").Needs(Scopes.Operate);
        queue.MapDelete(Path, Remove).WithName("delete-dead-letter").Needs(Scopes.Operate);
    }

    static async Task<IResult> List(HttpContext http, DeadLetterReader reader)
    {
        var problems = new ProblemList();
        var query = http.Request.Query;
        var filter = DeadLetterQuery.Read(query, Caller.Of(http).OnlyClient, problems, "cursor", "limit");
        var (before, limit) = (ListQuery.Cursor(query, problems), ListQuery.Limit(query, problems));
        if (!problems.IsEmpty) return Problems.Invalid(problems).Answer();
        // One more than asked for tells whether there is a next page.
        var page = await reader.List(filter, before, limit + 1, http.RequestAborted).WithinLimit();
        var cursor = page.Items.Count > limit ? RequestToken.Of(page.Items[limit - 1].Request.Id) : null;
        return ListAnswer.Page(http, page.Items.Take(limit), cursor, WriteItem, page.Total);
    }

    static void WriteItem(Utf8JsonWriter json, DeadLetter letter)
    {
        var r = letter.Request;
        var token = RequestToken.Of(r.Id);
        json.WriteStartObject();
        json.WriteString("token", token);
        json.WriteString("operation", r.Operation);
        json.Optional("failed_at", r.CompletedAt);
        ResultAnswer.WriteError(json, r);
        json.WriteNumber("attempts", r.Attempts);
        json.WriteNumber("tier", letter.Tier);
        json.WriteString("fingerprint", letter.Fingerprint);
        json.Optional("escalated_at", letter.EscalatedAt);
        json.Optional("archived_at", letter.ArchivedAt);
        json.WriteString("retry_url", $"/api/queue/dead-letters/{token}/retry");
        json.WriteEndObject();
    }

    static async Task<IResult> Retry(HttpContext http, string token, RequestCommands commands, RequestResults results, OperationCatalog catalog)
    {
        if (await Find(http, token, results) is not { } letter) return Problems.UnknownToken().Answer();
        var (payload, refusal) = await DeadLetterBody.Mended(http.Request, catalog.Find(letter.Operation));
        if (refusal is not null) return refusal.Answer();
        return await Answer(http, letter.Id, results, by => commands.Retry(letter.Id, by, payload));
    }

    static async Task<IResult> Adopt(HttpContext http, string token, RequestCommands commands, RequestResults results)
    {
        if (await Find(http, token, results) is not { } letter) return Problems.UnknownToken().Answer();
        var (result, refusal) = await DeadLetterBody.Adopted(http.Request);
        if (result is null) return refusal!.Answer();
        return await Answer(http, letter.Id, results, by => commands.Adopt(letter.Id, by, result));
    }

    static Task<IResult> SendAgain(HttpContext http, string token, RequestCommands commands, RequestResults results) =>
        Decide(http, token, results, commands.SendAgain);

    static Task<IResult> Abandon(HttpContext http, string token, RequestCommands commands, RequestResults results) =>
        Decide(http, token, results, commands.Abandon);

    static async Task<IResult> Remove(HttpContext http, string token, RequestCommands commands, RequestResults results)
    {
        if (await Find(http, token, results) is not { } letter) return Problems.UnknownToken().Answer();
        return await commands.Remove(letter.Id, Authentication.ClientOf(http)).WithinLimit() switch
        {
            CommandOutcome.Done => Microsoft.AspNetCore.Http.Results.NoContent(),
            CommandOutcome.Refused => Problems.NotDead(letter.Status).Answer(),
            _ => Problems.UnknownToken().Answer(),
        };
    }

    static async Task<IResult> Decide(HttpContext http, string token, RequestResults results, Func<Guid, string, Task<CommandOutcome>> command)
    {
        if (await Find(http, token, results) is not { } letter) return Problems.UnknownToken().Answer();
        return await Answer(http, letter.Id, results, by => command(letter.Id, by));
    }

    // A request that the caller sees, in whatever status: the machine decides whether it may be decided about.
    static async Task<RequestSnapshot?> Find(HttpContext http, string token, RequestResults results)
    {
        var request = RequestToken.TryParse(token, out var id) ? await results.Read(id).WithinLimit() : null;
        return request is not null && Caller.Of(http).Sees(request.ClientId) ? request : null;
    }

    static async Task<IResult> Answer(HttpContext http, Guid id, RequestResults results, Func<string, Task<CommandOutcome>> command)
    {
        var outcome = await command(Authentication.ClientOf(http)).WithinLimit();
        if (outcome == CommandOutcome.NotFound || await results.Read(id).WithinLimit() is not { } now) return Problems.UnknownToken().Answer();
        if (outcome == CommandOutcome.Done) return ResultAnswer.Of(http, now);
        return (now.Status == RequestStatus.Dead ? Problems.OutcomeUnknown(RequestToken.Of(id)) : Problems.NotDead(now.Status)).Answer();
    }
}
