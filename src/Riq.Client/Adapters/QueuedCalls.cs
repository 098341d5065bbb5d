using System.Text.Json;
using Microsoft.Extensions.Options;
using Riq.Contracts;

namespace Riq.Client.Adapters;

/// <summary>Makes one call of an adapter: through the queue, and back as the direct adapters answer. Shared by the adapters.</summary>
sealed class QueuedCalls(IQueueGateway gateway, IOptions<RiqClientOptions> options, TimeProvider time)
{
    readonly RiqClientOptions _options = options.Value;
    readonly OwnWrites _writes = new(time);

    public async Task<AdapterResult<T>> Run<T>(QueuedOperation operation, QueuedCall call, string? marker, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return QueuedResults.GivenUp<T>(operation, sent: false);
        var submission = Submission(operation, call, marker);
        var remembered = _options.ReadOwnWrites && !operation.IsWrite && submission.AfterConsistencyToken is null ? _writes.TokenFor(operation) : null;
        try
        {
            if (remembered is null) return await Submit<T>(operation, submission, call, cancellation);
            var result = await Submit<T>(operation, submission with { AfterConsistencyToken = remembered }, call, cancellation);
            if (!IsAboutTheToken(result.Error)) return result;
            // The write has failed, or is so long ago that RIQ has forgotten it: nothing to be consistent with.
            _writes.Forget(remembered);
            return await Submit<T>(operation, submission, call, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested) { return QueuedResults.GivenUp<T>(operation, sent: true); }
    }

    async Task<AdapterResult<T>> Submit<T>(QueuedOperation operation, SubmitRequest submission, QueuedCall call, CancellationToken cancellation)
    {
        var waits = !operation.IsWrite || (call.Wait ?? _options.WaitForWrites);
        var timeout = call.Timeout ?? (operation.IsWrite ? _options.WriteTimeout : _options.ReadTimeout);
        var answer = await gateway.Submit(submission, waits ? timeout : TimeSpan.Zero, cancellation);
        if (!answer.Ok) return QueuedResults.Refused<T>(operation, answer.Refusal);

        var receipt = answer.Value;
        var ended = receipt.State is { Ended: true };
        if (receipt.ConsistencyToken is { } token && receipt.State is not { Ended: true, Completed: false }) _writes.Note(operation, token, pending: !ended);
        return receipt.State is { Ended: true } end ? QueuedResults.Ended<T>(end, receipt.ConsistencyToken)
            : waits ? QueuedResults.TooLate<T>(operation, receipt, timeout)
            : QueuedResults.Pending<T>(receipt);
    }

    SubmitRequest Submission(QueuedOperation operation, QueuedCall call, string? marker)
    {
        var payload = JsonSerializer.SerializeToElement(operation.Payload, operation.Payload.GetType(), RiqJson.Options);
        return new()
        {
            Operation = operation.Name, Payload = payload, Priority = call.Priority ?? _options.Priority, MaxRetries = call.MaxRetries, CallbackUrl = call.CallbackUrl,
            // What a direct adapter would leave at the service is the caller's own name of the write.
            IdempotencyKey = operation.IsWrite ? call.IdempotencyKey ?? marker : null,
            DependsOn = call.DependsOn ?? References.In(payload), AfterConsistencyToken = call.AfterConsistencyToken,
            Fresh = operation.IsWrite ? null : call.Fresh, StaleIfError = operation.IsWrite ? null : (int?)call.StaleIfError?.TotalSeconds,
            ExpiresIn = call.ExpiresIn is { } time ? (int)Math.Ceiling(time.TotalSeconds) : null,
        };
    }

    static bool IsAboutTheToken(AdapterError? error) => error?.Code is ErrorCodes.ConsistencyTokenExpired or ErrorCodes.ConsistencyTokenInvalid
        || error is { Code: ErrorCodes.ValidationError, HttpStatus: 400 or 422, Details: { } details } && details.TryGetProperty("after_consistency_token", out _);
}
