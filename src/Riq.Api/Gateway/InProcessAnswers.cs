using System.Buffers;
using System.Text.Json;
using Riq.Api.Http;
using Riq.Api.Results;
using Riq.Contracts;
using Riq.Engine.Gate;
using Riq.Engine.Requests;
using Riq.Engine.Results;
using Riq.Engine.Statistics;
using Riq.Engine.Submission;

namespace Riq.Api.Gateway;

/// <summary>What HTTP answers in JSON, as the gateway's values.</summary>
sealed class InProcessAnswers(ServiceStates services, QueueStatistics statistics)
{
    public QueueAnswer<SubmissionReceipt> Receipt(NewRequest request, Submitted stored)
    {
        if (stored.Refusal is { } refused) return Refused<SubmissionReceipt>(Problems.Invalid(refused));
        if (!stored.SameContent) return Refused<SubmissionReceipt>(Problems.OtherContent());
        var queued = stored.Status == RequestStatus.Queued;
        var (position, completion) = queued ? statistics.Estimate(request.Operation.Service, request.Priority) : default;
        return QueueAnswer<SubmissionReceipt>.Of(new()
        {
            Token = RequestToken.Of(stored.Id), Status = stored.Status, Position = position, EstimatedCompletion = completion,
            ConsistencyToken = request.Operation.IsWrite ? NewRequest.ConsistencyTokenOf(stored.Id) : null, RequiresConfirmation = request.Operation.IsWrite && !request.FireAndForget,
        });
    }

    /// <summary>Through the very JSON that HTTP answers with, so that the two can't differ.</summary>
    public async Task<RequestState> State(RequestSnapshot snapshot)
    {
        var explained = await services.Explain(snapshot);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            ResultAnswer.WriteFields(json, explained);
            json.WriteEndObject();
        }
        return JsonSerializer.Deserialize<RequestState>(buffer.WrittenSpan, RiqJson.Options)!;
    }

    public static QueueAnswer<T> Refused<T>(Problem problem) where T : class => QueueAnswer<T>.Refused(new(KindOf(problem.Status), problem.Title, problem.Detail)
    {
        Status = problem.Status, Errors = problem.Errors ?? new Dictionary<string, string[]>(),
        RetryAfter = problem.Status == StatusCodes.Status503ServiceUnavailable ? TimeSpan.FromSeconds(Problems.RetryAfterSeconds) : null,
    });

    static RefusalKind KindOf(int status) => status switch
    {
        404 => RefusalKind.NotFound,
        409 => RefusalKind.Conflict,
        429 => RefusalKind.Busy,
        >= 500 => RefusalKind.Unavailable,
        _ => RefusalKind.Invalid,
    };
}
