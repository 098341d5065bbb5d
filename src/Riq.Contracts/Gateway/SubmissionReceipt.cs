namespace Riq.Contracts;

/// <summary>What the client of an accepted submission is given.</summary>
public sealed record SubmissionReceipt
{
    /// <summary>The request's name from now on: <c>req_…</c>.</summary>
    public required string Token { get; init; }

    /// <summary>One of <see cref="RequestState"/>'s statuses; <c>cached</c> when the answer was there already.</summary>
    public required string Status { get; init; }

    /// <summary>For writes: give it as <see cref="SubmitRequest.AfterConsistencyToken"/> to a request that must see this one's effect.</summary>
    public string? ConsistencyToken { get; init; }

    /// <summary>How many are ahead of it, roughly; null when that is not known.</summary>
    public long? Position { get; init; }

    /// <summary>When it may be done; null when that is not known.</summary>
    public DateTimeOffset? EstimatedCompletion { get; init; }

    /// <summary>True: ask for the end before relying on the write.</summary>
    public bool RequiresConfirmation { get; init; }

    /// <summary>What was known of the request when the gateway stopped waiting, or its result from a cache; null when nobody waited.</summary>
    public RequestState? State { get; init; }
}
