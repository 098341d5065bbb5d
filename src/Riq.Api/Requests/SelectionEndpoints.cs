using System.Text.Json;
using Riq.Api.Http;
using Riq.Api.Security;
using Riq.Contracts;
using Riq.Engine.Order;
using Riq.Engine.Requests;
using Riq.Engine.Results;
using Riq.Engine.Security;

namespace Riq.Api.Requests;

/// <summary>
/// Cancels or retries the requests that somebody has picked: <c>{"tokens":[…]}</c>, answered one by one in order, each with what became
/// of it or its problem. One that can't be done keeps none of the others. For thousands by filter there are bulk operations.
/// </summary>
static class SelectionEndpoints
{
    public const int MostTokens = RequestReader.LargestPage;
    const int AtATime = 8;

    public static void MapSelections(this IEndpointRouteBuilder queue)
    {
        queue.MapPost("/requests/cancel", (HttpContext http, RequestCommands commands, RequestResults results) => Each(http, (token, by) => RequestEndpoints.TryCancel(token, by, commands, results)))
            .WithName("cancel-requests").Needs(Scopes.Submit | Scopes.Operate);
        queue.MapPost("/requests/retry", (HttpContext http, RetryWithDependents retries, RequestResults results) => Each(http, (token, by) => RequestEndpoints.TryRetry(token, by, false, retries, results)))
            .WithName("retry-requests").Needs(Scopes.Operate);
    }

    static async Task<IResult> Each(HttpContext http, Func<string, Caller, Task<Done>> act)
    {
        var (json, refusal) = await RequestBody.Read(http.Request);
        if (json is null) return refusal!.Answer();
        var problems = new ProblemList();
        string[] tokens;
        using (json) tokens = Tokens(json.RootElement, problems);
        if (!problems.IsEmpty) return Problems.Invalid(problems).Answer();
        var done = new List<Done>();
        foreach (var some in tokens.Chunk(AtATime)) done.AddRange(await Task.WhenAll(some.Select(t => act(t, Caller.Of(http)))));
        return ListAnswer.Of(tokens.Zip(done), Write);
    }

    static string[] Tokens(JsonElement body, ProblemList problems)
    {
        if (body.ValueKind != JsonValueKind.Object) { problems.Add("body", "must be a JSON object."); return []; }
        foreach (var field in body.EnumerateObject().Where(f => f.Name != "tokens")) problems.Add(ProblemList.Printable(field.Name), "is unknown; known: tokens.");
        if (!body.TryGetProperty("tokens", out var list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > MostTokens
            || list.EnumerateArray().Any(t => t.ValueKind != JsonValueKind.String || !RequestToken.TryParse(t.GetString()!, out _)))
        {
            problems.Add("tokens", $"must be an array of 1 to {MostTokens} tokens.");
            return [];
        }
        string[] tokens = [.. list.EnumerateArray().Select(t => t.GetString()!)];
        if (tokens.Distinct(StringComparer.Ordinal).Count() < tokens.Length) problems.Add("tokens", "must not name a request twice.");
        return tokens;
    }

    static void Write(Utf8JsonWriter json, (string Token, Done Done) item)
    {
        json.WriteStartObject();
        json.WriteString("token", item.Token);
        json.Optional("status", item.Done.Now?.Status);
        if (item.Done.Problem is { } problem) { json.WritePropertyName("problem"); problem.WriteTo(json); }
        json.WriteEndObject();
    }
}
