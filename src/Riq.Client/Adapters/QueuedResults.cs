using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Riq.Contracts;

namespace Riq.Client.Adapters;

/// <summary>What RIQ says, as the direct adapters say it.</summary>
static class QueuedResults
{
    public static AdapterResult<T> Ended<T>(RequestState state, string? consistencyToken)
    {
        var metadata = new AdapterMetadata(state.Error?.HttpStatus) { Token = state.Token, ConsistencyToken = consistencyToken };
        if (!state.Completed) return AdapterResult<T>.Fail(Error(state), metadata);
        return TryRead<T>(state, out var data) ? AdapterResult<T>.Ok(data, metadata) : AdapterResult<T>.Fail(new(ErrorCodes.Internal, $"RIQ completed {state.Token}, but its result is not what this version of the client expects of {state.Operation}."), metadata);
    }

    // False for what this version of the client can't read.
    static bool TryRead<T>(RequestState state, [NotNullWhen(true)] out T? data)
    {
        data = default;
        try { if (state.Result is { } result) data = result.Deserialize<T>(RiqJson.Options); }
        catch (JsonException) { return false; }
        return state.Result is not null && data is not null;
    }

    /// <summary>Accepted, and nobody waits.</summary>
    public static AdapterResult<T> Pending<T>(SubmissionReceipt receipt) =>
        AdapterResult<T>.Ok(default!, new(HttpStatus: null) { Token = receipt.Token, ConsistencyToken = receipt.ConsistencyToken, Pending = true });

    /// <summary>Accepted, but it did not end in time. It goes on.</summary>
    public static AdapterResult<T> TooLate<T>(QueuedOperation operation, SubmissionReceipt receipt, TimeSpan timeout) => AdapterResult<T>.Fail(
        new(ErrorCodes.Timeout, $"{operation.Name} did not end within {timeout.TotalSeconds:0.#} s; {Waiting(receipt.State)}. It goes on as {receipt.Token}.") { Unclear = operation.IsWrite },
        new(HttpStatus: null) { Token = receipt.Token, ConsistencyToken = receipt.ConsistencyToken });

    public static AdapterResult<T> Refused<T>(QueuedOperation operation, QueueRefusal refusal) => AdapterResult<T>.Fail(
        new(CodeOf(refusal.Kind), $"{operation.Name}: {refusal}")
        {
            HttpStatus = refusal.Status, RetryAfter = refusal.RetryAfter, Unclear = operation.IsWrite && refusal.Kind == RefusalKind.Unavailable,
            Details = refusal.Errors.Count > 0 ? JsonSerializer.SerializeToElement(refusal.Errors, RiqJson.Options) : null,
        }, new(refusal.Status));

    /// <summary>The caller gave up; nobody knows how far it came.</summary>
    public static AdapterResult<T> GivenUp<T>(QueuedOperation operation, bool sent) =>
        AdapterResult<T>.Fail(new(ErrorCodes.Timeout, $"{operation.Name} was given up by its caller.") { Unclear = sent && operation.IsWrite });

    static AdapterError Error(RequestState state) => state.Error is { } e
        ? new(e.Code, e.Message) { HttpStatus = e.HttpStatus, RetryAfter = e.RetryAfter is { } s ? TimeSpan.FromSeconds(s) : null, Unclear = e.OutcomeUnknown, Details = e.Details }
        : new(ErrorCodes.Internal, $"RIQ says that {state.Token} is {state.Status}, and not why.");

    static string Waiting(RequestState? state) => state is null ? "RIQ did not say what it waits for"
        : state.BlockedBy is { ValueKind: JsonValueKind.Object } by && by.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.String ? $"it is {state.Status}: {message.GetString()!.TrimEnd('.')}"
        : $"it is {state.Status}";

    static string CodeOf(RefusalKind kind) => kind switch
    {
        RefusalKind.NotAllowed => ErrorCodes.Forbidden,
        RefusalKind.NotFound => ErrorCodes.NotFound,
        RefusalKind.Conflict => ErrorCodes.Conflict,
        RefusalKind.Busy => ErrorCodes.RateLimited,
        RefusalKind.Unavailable => ErrorCodes.ServiceUnavailable,
        _ => ErrorCodes.ValidationError,
    };
}
