using System.Text.Json;
using Riq.Api.Http;
using Riq.Api.Submission;
using Riq.Contracts;
using Riq.Engine;
using Riq.Engine.Requests;
using Riq.Engine.Results;
using Riq.Engine.Statistics;
using Riq.Engine.Storage;
using Riq.Engine.Submission;

namespace Riq.Api.Gateway;

/// <summary>RIQ from inside its own process, on behalf of one client: the same reading, storing and answering as over HTTP, without HTTP.</summary>
sealed class InProcessQueueGateway(
    string client, SubmissionReader reader, BatchReader batches, Submitter submitter, RequestResults results, RequestCommands commands, QueueStatistics statistics, RiqOptions options, InProcessAnswers answers)
    : IQueueGateway
{
    public Task<QueueAnswer<SubmissionReceipt>> Submit(SubmitRequest submission, TimeSpan wait = default, CancellationToken cancellation = default)
    {
        var problems = new ProblemList();
        var request = reader.Read(Json(submission), new(client), problems);
        if (request is null) return Task.FromResult(InProcessAnswers.Refused<SubmissionReceipt>(Problems.Invalid(problems)));
        return OrAway(() => Submit(request, wait, cancellation), cancellation);
    }

    async Task<QueueAnswer<SubmissionReceipt>> Submit(NewRequest request, TimeSpan wait, CancellationToken cancellation)
    {
        if (Full(request) is { } full) return InProcessAnswers.Refused<SubmissionReceipt>(full);
        var stored = await submitter.Submit(request).WithinLimit();
        var answer = answers.Receipt(request, stored);
        if (!answer.Ok || wait <= TimeSpan.Zero) return answer;
        var now = await results.Await(stored.Id, wait, sees: static _ => true, cancellation);
        return now is null ? answer : QueueAnswer<SubmissionReceipt>.Of(answer.Value with { Status = now.Status, State = await answers.State(now) });
    }

    public async Task<IReadOnlyList<QueueAnswer<SubmissionReceipt>>> SubmitMany(IReadOnlyList<SubmitRequest> submissions, CancellationToken cancellation = default)
    {
        var all = new List<QueueAnswer<SubmissionReceipt>>(submissions.Count);
        foreach (var batch in submissions.Chunk(Submitter.MaxBatch))
        {
            cancellation.ThrowIfCancellationRequested();
            all.AddRange(await SubmitBatch(batch));
        }
        return all;
    }

    async Task<IEnumerable<QueueAnswer<SubmissionReceipt>>> SubmitBatch(SubmitRequest[] batch)
    {
        var items = batches.Read(Json(new { items = batch }), new(client), new())!;
        var refusals = items.Select(i => i.Request is { } r ? Full(r) : Problems.Invalid(i.Problems)).ToArray();
        var accepted = items.Where((_, i) => refusals[i] is null).Select(i => i.Request!).ToArray();
        var stored = new Queue<Submitted>();
        try { stored = new(await submitter.SubmitAll(accepted).WithinLimit()); }
        catch (Exception e) when (Database.IsOutage(e)) { refusals = [.. refusals.Select(r => r ?? Problems.DatabaseAway())]; }
        return items.Select((item, i) => refusals[i] is { } refusal ? InProcessAnswers.Refused<SubmissionReceipt>(refusal) : answers.Receipt(item.Request!, stored.Dequeue())).ToArray();
    }

    public Task<QueueAnswer<RequestState>> Get(string token, TimeSpan wait = default, CancellationToken cancellation = default) => OrAway(async () =>
    {
        var found = RequestToken.TryParse(token, out var id) ? await results.Await(id, wait, sees: c => c == client, cancellation) : null;
        return found?.ClientId == client ? QueueAnswer<RequestState>.Of(await answers.State(found)) : InProcessAnswers.Refused<RequestState>(Problems.UnknownToken());
    }, cancellation);

    public Task<QueueAnswer<RequestState>> Cancel(string token, CancellationToken cancellation = default) => OrAway(async () =>
    {
        var outcome = RequestToken.TryParse(token, out var id) ? await commands.Cancel(id, client, by: client).WithinLimit() : CommandOutcome.NotFound;
        if (outcome == CommandOutcome.NotFound || await results.Read(id) is not { } now) return InProcessAnswers.Refused<RequestState>(Problems.UnknownToken());
        var state = await answers.State(now);
        return outcome == CommandOutcome.Done || state.Error?.Code == ErrorCodes.Cancelled ? QueueAnswer<RequestState>.Of(state) : InProcessAnswers.Refused<RequestState>(Problems.NotCancelled(now.Status));
    }, cancellation);

    Problem? Full(NewRequest request) => SubmissionCall.IsFull(request.Operation.Service, statistics, options) ? Problems.QueueFull(request.Operation.Service) : null;

    static JsonElement Json<T>(T body) => JsonSerializer.SerializeToElement(body, RiqJson.Options);

    static async Task<QueueAnswer<T>> OrAway<T>(Func<Task<QueueAnswer<T>>> work, CancellationToken cancellation) where T : class
    {
        cancellation.ThrowIfCancellationRequested();
        try { return await work(); }
        catch (Exception e) when (Database.IsOutage(e)) { return InProcessAnswers.Refused<T>(Problems.DatabaseAway()); }
    }
}
