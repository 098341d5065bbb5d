using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Features;
using Riq.Api.Http;
using Riq.Contracts;
using Riq.Engine.Submission;

namespace Riq.Api.DeadLetters;

/// <summary>Reads what operators send along with a decision about a dead letter.</summary>
static class DeadLetterBody
{
    /// <summary>The payload of <c>{"payload":…}</c> that mends the request; null without a body.</summary>
    public static async Task<(string? Payload, Problem? Problem)> Mended(HttpRequest request, OperationDeclaration? operation)
    {
        if (!IsGiven(request)) return (null, null);
        var (json, refusal) = await RequestBody.Read(request);
        if (json is null) return (null, refusal);
        using (json)
        {
            var problems = new ProblemList();
            var fields = Fields(json.RootElement, problems, "payload");
            if (fields.TryGetValue("payload", out var payload)) operation?.Payload.Validate(payload, problems);
            else if (problems.IsEmpty) problems.Add("payload", "is required in a body; without a body the request runs again as it is.");
            if (operation is null) problems.Add("payload", "can't be checked: this process does not know the operation.");
            return problems.IsEmpty ? (payload.GetRawText(), null) : (null, Problems.Invalid(problems));
        }
    }

    /// <summary>
    /// Of <c>{"id":…}</c> or <c>{"result":…}</c>: how to make the result (JSON) from the request's stored error. An id among the
    /// candidates that were found stands for that candidate.
    /// </summary>
    public static async Task<(Func<string?, string>? Result, Problem? Problem)> Adopted(HttpRequest request)
    {
        var (json, refusal) = await RequestBody.Read(request);
        if (json is null) return (null, refusal);
        using (json)
        {
            var problems = new ProblemList();
            var fields = Fields(json.RootElement, problems, "id", "result");
            if (problems.IsEmpty && fields.Count != 1) problems.Add("body", "must have either id (of the object that the request brought about) or result.");
            if (fields.TryGetValue("id", out var given) && (given.ValueKind != JsonValueKind.String || given.GetString()!.Length is 0 or > 255)) problems.Add("id", "must be a string of 1 to 255 characters.");
            if (!problems.IsEmpty) return (null, Problems.Invalid(problems));
            if (fields.TryGetValue("result", out var result)) { var text = result.GetRawText(); return (_ => text, null); }
            var id = given.GetString()!;
            return (error => Candidate(error, id) ?? new JsonObject { ["id"] = id }.ToJsonString(RiqJson.Options), null);
        }
    }

    /// <summary>For a call that is told everything by its address: what a body said would be ignored, and other letters taken than was meant.</summary>
    public static async Task CheckEmpty(HttpRequest request, ProblemList problems)
    {
        if (!IsGiven(request)) return;
        var (json, _) = await RequestBody.Read(request);
        using (json)
            if (json?.RootElement is not { ValueKind: JsonValueKind.Object } body || body.EnumerateObject().Any())
                problems.Add("body", "must be empty: which dead letters is said by parameters of the address, and a payload mends one at a time.");
    }

    static bool IsGiven(HttpRequest request) => request.HttpContext.Features.GetRequiredFeature<IHttpRequestBodyDetectionFeature>().CanHaveBody;

    static Dictionary<string, JsonElement> Fields(JsonElement body, ProblemList problems, params string[] names)
    {
        if (body.ValueKind != JsonValueKind.Object) { problems.Add("body", "must be a JSON object."); return []; }
        foreach (var field in body.EnumerateObject().Where(f => !names.Contains(f.Name)))
            problems.Add(ProblemList.Printable(field.Name), $"is not a field of this call. The fields are: {string.Join(", ", names)}.");
        return body.EnumerateObject().Where(f => names.Contains(f.Name)).ToDictionary(f => f.Name, f => f.Value);
    }

    static string? Candidate(string? error, string id)
    {
        if (error is null) return null;
        var candidates = JsonNode.Parse(error)!["details"]?["candidates"] as JsonArray;
        return candidates?.FirstOrDefault(c => (string?)c!["id"] == id)?.ToJsonString(RiqJson.Options);
    }
}
