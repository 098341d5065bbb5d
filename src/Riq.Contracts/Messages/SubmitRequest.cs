using System.Text.Json;

namespace Riq.Contracts;

/// <summary>
/// Command to queue <c>riq.submit</c>, sent there or published: carry out this operation. It has the fields of <c>POST /api/queue/submit</c> and is
/// checked the same way. A request client gets <see cref="RequestAccepted"/> or <see cref="RequestRefused"/>.
/// </summary>
/// <remarks>
/// MassTransit writes these names in camelCase, programs without MassTransit may use the names of REST (snake_case); both are read. The names
/// inside <see cref="Payload"/> are always those of the operation, in snake_case: <see cref="For"/> makes them so.
/// Send to <c>queue:riq.submit</c>, so that nothing is lost before RIQ has made the queue; to <c>exchange:riq.submit</c> where RIQ runs with quorum queues.
/// </remarks>
public sealed record SubmitRequest
{
    /// <summary>The operation's name, e.g. <c>jira.create_task</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>The operation's own fields, an object.</summary>
    public required JsonElement Payload { get; init; }

    /// <summary><c>high</c>, <c>normal</c> (the default) or <c>low</c>.</summary>
    public string? Priority { get; init; }

    /// <summary>Up to 255 characters; the same key never makes a second request. Without one, <c>msg:</c> and the message's id is the key.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Tokens of the requests that must complete first.</summary>
    public IReadOnlyList<string>? DependsOn { get; init; }

    /// <summary>Runs only after the write with this consistency token.</summary>
    public string? AfterConsistencyToken { get; init; }

    /// <summary>Skips the cache.</summary>
    public bool? Fresh { get; init; }

    /// <summary>Of a read: when the service fails, an answer that is at most so many seconds old will do.</summary>
    public int? StaleIfError { get; init; }

    /// <summary>Called once the request has ended.</summary>
    public string? CallbackUrl { get; init; }

    /// <summary>Nobody will ask for the result.</summary>
    public bool? FireAndForget { get; init; }

    /// <summary>Retries after the first attempt, 0 to 20; 3 unless given.</summary>
    public int? MaxRetries { get; init; }

    /// <summary>Seconds after which the request is no longer wanted if no worker has taken it.</summary>
    public int? ExpiresIn { get; init; }

    /// <summary>A command with the payload's names in snake_case, whatever the object's are: <c>ProjectId</c> becomes <c>project_id</c>.</summary>
    public static SubmitRequest For(string operation, object payload) =>
        new() { Operation = operation, Payload = JsonSerializer.SerializeToElement(payload, payload.GetType(), RiqJson.Options) };
}

/// <summary>Answer to <see cref="SubmitRequest"/>: the request is stored and will be carried out.</summary>
public sealed record RequestAccepted
{
    /// <summary>Names the request from now on.</summary>
    public required string Token { get; init; }

    /// <summary>The request's present status: <c>queued</c> for a new one, <c>cached</c> for a read that was answered from the cache: its result is there.</summary>
    public required string Status { get; init; }

    /// <summary>Whether the idempotency key was known: this is the request that it named before, and no second one was made.</summary>
    public bool Replayed { get; init; }

    /// <summary>For reads that must see this write; null for reads.</summary>
    public string? ConsistencyToken { get; init; }

    /// <summary>Whether to wait for the end before relying on the write.</summary>
    public bool RequiresConfirmation { get; init; }

    /// <summary>Where the REST interface shows the result.</summary>
    public required string PollUrl { get; init; }

    /// <summary>About how many requests are ahead; null when that is not known.</summary>
    public long? Position { get; init; }

    /// <summary>About when it will have ended; null when that is not known.</summary>
    public DateTimeOffset? EstimatedCompletion { get; init; }
}

/// <summary>Answer to <see cref="SubmitRequest"/>: nothing was stored, and this says why.</summary>
public sealed record RequestRefused
{
    /// <summary>The status with which REST refuses the same: 400 (fields), 413 (too large), 422 (key used with other content), 429 (queue full).</summary>
    public required int Status { get; init; }

    /// <summary>What is wrong, in a few words.</summary>
    public required string Title { get; init; }

    /// <summary>What is wrong and what to do about it.</summary>
    public required string Detail { get; init; }

    /// <summary>What is wrong, by field in the names of REST; null when it is not about fields.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>Seconds after which the same submission may be accepted; null when it will not be.</summary>
    public int? RetryAfterSeconds { get; init; }
}
