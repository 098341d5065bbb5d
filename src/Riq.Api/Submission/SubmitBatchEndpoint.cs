using System.Text.Json;
using Riq.Api.Http;
using Riq.Api.Security;
using Riq.Contracts;
using Riq.Engine;
using Riq.Engine.Security;
using Riq.Engine.Statistics;
using Riq.Engine.Submission;

namespace Riq.Api.Submission;

/// <summary><c>POST /api/queue/submit/batch</c>: up to 500 submissions, stored in one transaction, answered in order.</summary>
static class SubmitBatchEndpoint
{
    public static void MapSubmitBatch(this IEndpointRouteBuilder queue) => queue.MapPost("/submit/batch", Submit).WithName("submit-batch").Needs(Scopes.Submit);

    static async Task<IResult> Submit(HttpContext http, BatchReader reader, Submitter submitter, QueueStatistics statistics, RiqOptions options, SubmissionQuota quota)
    {
        var (json, refusal) = await RequestBody.ReadJson(http.Request);
        if (json is null) return refusal!.Answer();

        IReadOnlyList<BatchItem>? items;
        using (json)
        {
            var problems = new ProblemList();
            items = reader.Read(json.RootElement, SubmissionCall.Origin(http, problems), problems);
            if (items is null || !problems.IsEmpty) return Problems.Invalid(problems).Answer();
        }
        var refusals = items.Select(i => Refusal(i, statistics, options)).ToArray();
        var accepted = items.Where((_, i) => refusals[i] is null).Select(i => i.Request!).ToArray();
        if (await quota.Refusal(http, accepted.Length) is { } exceeded) return exceeded;
        var stored = await submitter.SubmitAll(accepted).WithinLimit();
        return JsonAnswer.Ok(w => Write(w, items, refusals, stored, statistics));
    }

    static Problem? Refusal(BatchItem item, QueueStatistics statistics, RiqOptions options) =>
        item.Request is not { } request ? Problems.Invalid(item.Problems)
        : SubmissionCall.IsFull(request.Operation.Service, statistics, options) ? Problems.QueueFull(request.Operation.Service)
        : null;

    static void Write(Utf8JsonWriter json, IReadOnlyList<BatchItem> items, Problem?[] refusals, Submitted[] stored, QueueStatistics statistics)
    {
        json.WriteStartObject();
        json.WriteStartArray("items");
        var next = 0;
        for (var i = 0; i < items.Count; i++)
        {
            if (refusals[i] is { } refusal) { WriteRefused(json, refusal); continue; }
            var outcome = stored[next++];
            if (outcome.Refusal is { } refused) WriteRefused(json, Problems.Invalid(refused));
            else if (outcome.SameContent) SubmitAnswer.Write(json, items[i].Request!, outcome, statistics);
            else WriteRefused(json, Problems.OtherContent());
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void WriteRefused(Utf8JsonWriter json, Problem problem)
    {
        json.WriteStartObject();
        json.WritePropertyName("problem");
        problem.WriteTo(json);
        json.WriteEndObject();
    }
}
