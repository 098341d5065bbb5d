using Riq.Contracts;
using Riq.Engine.Requests;
using Riq.Engine.Security;
using Riq.Engine.Statistics;

namespace Riq.Engine.Submission;

/// <summary>A message of queue <c>riq.submit</c> as RabbitMQ delivered it.</summary>
/// <param name="Body">All of its bytes.</param>
/// <param name="MessageId">Its id in the envelope or in the properties; null when there is none.</param>
/// <param name="UserId">The RabbitMQ user that sent it, checked by the broker; null when the sender did not say.</param>
/// <param name="Traceparent">W3C trace context, or whatever the sender put there.</param>
/// <param name="WaitsForAnswer">Whether the sender hears what became of it.</param>
sealed record BusMessage(byte[] Body, string? MessageId, string? UserId, string? Traceparent, bool WaitsForAnswer);

/// <summary>What became of a message: one of the two.</summary>
readonly record struct BusOutcome(RequestAccepted? Accepted, RequestRefused? Refused);

/// <summary>
/// Submissions over the bus: the same reader, the same group commit and the same rows as over REST. Without an idempotency key the
/// message's id is the key, so that a redelivery never makes a second request.
/// </summary>
sealed class BusSubmission(SubmissionReader reader, Submitter submitter, QueueStatistics statistics, Quotas quotas, RiqOptions options)
{
    const string KeyPrefix = "msg:";
    const int TraceparentLength = 55;

    /// <summary>Stores the submission or says why not. Throws when Postgres is away: the message must not be given up then.</summary>
    public async Task<BusOutcome> Submit(BusMessage message)
    {
        if (message.Body.Length > BusBody.MaxBytes + BusBody.MaxEnvelopeBytes) return Refuse(BusRefusals.TooLarge());
        var problems = new ProblemList();
        var body = BusBody.Read(message.Body, problems);
        if (!problems.IsEmpty) return Refuse(BusRefusals.Invalid(problems));

        var client = options.Bus.ClientOf(message.UserId);
        var request = reader.Read(body, new(client, null, TraceOf(message)), problems);
        if (request is null) return Refuse(BusRefusals.Invalid(problems));
        if ((request.IdempotencyKey ?? KeyOf(message)) is not { } key) return Refuse(BusRefusals.NoKey());
        if (statistics.Depth(request.Operation.Service) >= options.Of(request.Operation.Service).MaxDepth) return Refuse(BusRefusals.QueueFull(request.Operation.Service));

        if (await OverQuota(message, client) is { } exceeded) return Refuse(exceeded);

        var stored = await submitter.Submit(request with { IdempotencyKey = key });
        if (stored.Refusal is { } refused) return Refuse(BusRefusals.Invalid(refused));
        return stored.SameContent ? new(Accept(request, stored), null) : Refuse(BusRefusals.OtherContent());
    }

    // Whoever waits for an answer can come back later. A message that nobody could be told about is not lost for a minute's sake: RabbitMQ limits such senders.
    async ValueTask<RequestRefused?> OverQuota(BusMessage message, string client) =>
        message.WaitsForAnswer && options.SubmissionsPerMinute is { } perMinute && await quotas.Take(client, perMinute, 1) is { } wait ? BusRefusals.QuotaExceeded(perMinute, wait) : null;

    RequestAccepted Accept(NewRequest request, Submitted stored)
    {
        var (position, completion) = stored.Status == RequestStatus.Queued ? statistics.Estimate(request.Operation.Service, request.Priority) : default;
        return new()
        {
            Token = RequestToken.Of(stored.Id), Status = stored.Cached is null ? stored.Status : "cached", Replayed = stored.Replayed, PollUrl = $"/api/queue/result/{RequestToken.Of(stored.Id)}",
            ConsistencyToken = request.Operation.IsWrite ? NewRequest.ConsistencyTokenOf(stored.Id) : null,
            RequiresConfirmation = request.Operation.IsWrite && !request.FireAndForget, Position = position, EstimatedCompletion = completion,
        };
    }

    static BusOutcome Refuse(RequestRefused refused) => new(null, refused);

    // An id that is longer than a key may be is as good as none.
    static string? KeyOf(BusMessage message) =>
        message.MessageId is { Length: > 0 } id && id.Length + KeyPrefix.Length <= SubmissionReader.MaxKeyLength && !id.Contains('\0') ? KeyPrefix + id : null;

    static string? TraceOf(BusMessage message) =>
        message.Traceparent is { Length: TraceparentLength } text && System.Diagnostics.ActivityContext.TryParse(text, null, out _) ? text : null;
}
