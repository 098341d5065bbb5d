using MassTransit;

namespace Riq.Engine.Requests;

/// <summary>
/// One operation that a client asked for: one row of <c>queue_requests</c> and at the same time the saga instance. Its
/// status changes only through <see cref="RequestStateMachine"/>.
/// </summary>
public sealed class QueueRequest : SagaStateMachineInstance
{
    /// <summary>Column <c>id</c>, a UUIDv7 made by the process that accepted the request.</summary>
    public Guid CorrelationId { get; set; }
    public string Token { get => RequestToken.Of(CorrelationId); private set { _ = value; } }
    public string ClientId { get; set; } = "";
    public string Operation { get; set; } = "";
    public string Service { get; set; } = "";
    public string Payload { get; set; } = "{}";
    public string Priority { get; set; } = Priorities.Normal;
    public string Status { get; set; } = RequestStatus.Queued;
    public string? IdempotencyKey { get; set; }
    /// <summary>SHA-256 over operation and RFC 8785 canonical payload as first submitted.</summary>
    public byte[] PayloadHash { get; set; } = [];
    public string? ConsistencyToken { get; set; }
    public DateTime CreatedAt { get; set; }
    public DateTime UpdatedAt { get; set; }
    public DateTime? StartedAt { get; set; }
    public DateTime? CompletedAt { get; set; }
    /// <summary>Failures so far that count against <see cref="MaxRetries"/>.</summary>
    public int RetryCount { get; set; }
    public int MaxRetries { get; set; }
    /// <summary>The fencing number: grows with every return to the queue, is never reset and never compared with <see cref="MaxRetries"/>.</summary>
    public int Attempt { get; set; }
    public DateTime? NextRetryAt { get; set; }
    public DateTime? ExpiresAt { get; set; }
    public string? Result { get; set; }
    public string? Error { get; set; }
    public string? CallbackUrl { get; set; }
    public bool FireAndForget { get; set; }
    public DateTime? LeaseUntil { get; set; }
    public string? Worker { get; set; }
    /// <summary>Made per delivery, so that repeating a claim whose commit was in doubt is harmless.</summary>
    public Guid? ClaimId { get; set; }
    public string? Traceparent { get; set; }
    /// <summary>False while dependencies, a lane or a consistency token hold it back.</summary>
    public bool Ready { get; set; } = true;
    /// <summary>When its present command was last handed to the outbox; tells the sweeper how old a possibly lost message is.</summary>
    public DateTime? SentAt { get; set; }
    /// <summary>Dependencies and the write behind a consistency token that it still waits for.</summary>
    public int PendingDependencies { get; set; }
    /// <summary>How long the longest chain of requests is that it depends on.</summary>
    public int Depth { get; set; }
    /// <summary>Whether some request waits, or waited, for this one: then its end is stored together with what follows for them.</summary>
    public bool HasDependents { get; set; }
    /// <summary>The entity that it writes; null when it writes none, or does not know yet which.</summary>
    public string? LaneKey { get; set; }
    /// <summary>Its place among the writes to that entity; null before it has one and after it has left.</summary>
    public long? LaneSeq { get; set; }
    /// <summary>The second name of the entity in its result, where there is one.</summary>
    public string? ExternalId { get; set; }
    /// <summary>Returns to the queue that use up no retry: 429, deploy, crash, closed circuit.</summary>
    public int Deferrals { get; set; }
    /// <summary>How often a worker died while running it.</summary>
    public int Crashes { get; set; }
    /// <summary>What the next attempt does: one of <see cref="Requests.NextStep"/>.</summary>
    public string NextStep { get; set; } = Requests.NextStep.Execute;
    /// <summary>When the first attempt began whose outcome was unclear; null when there was none.</summary>
    public DateTime? UnclearFrom { get; set; }
    /// <summary>When the last unclear outcome was noted: no call of it was begun by RIQ after this.</summary>
    public DateTime? UnclearSince { get; set; }
    public string? WaitingFor { get; set; }
    public string? RoutingPath { get; set; }
    /// <summary>Equal for reads that may share one answer; null for all others.</summary>
    public byte[]? CacheKey { get; set; }
    /// <summary>Whether an equal read's answer will do.</summary>
    public bool Shares { get; set; }
    /// <summary>Equal for requests that can go to the service in one call; null for those that go alone. A claim reads it only when there are others.</summary>
    public string? BatchKey { get; set; }
    /// <summary>Those with that key that were claimed at once, itself included. They go to the service together without asking for others.</summary>
    public QueueRequest[] ClaimedWith { get; set; } = [];
    /// <summary>Whether others with that key waited when this one was claimed, beside those that were claimed with it.</summary>
    public bool MoreWait { get; set; }
    /// <summary>When the service gave the result, when it came from the cache; else null.</summary>
    public DateTime? CachedAt { get; set; }
    /// <summary>How old, in seconds, an answer may be that is given in place of an error of the service; null: none is.</summary>
    public int? StaleIfError { get; set; }
    /// <summary>Whether the result is such an answer.</summary>
    public bool Stale { get; set; }
    /// <summary>Grows by one with every change; the compare-and-set of every store.</summary>
    public long Version { get; set; }

    /// <summary>The state's name as the machine spells it (<c>Queued</c>) for the stored lower-case status.</summary>
    public string CurrentState
    {
        get => char.ToUpperInvariant(Status[0]) + Status[1..];
        set => Status = value.ToLowerInvariant();
    }

    /// <summary>What was committed when it was claimed, for reads that are cached; not stored.</summary>
    public string? ReadSnapshot { get; set; }
    /// <summary>The payload that the attempt runs with, where it refers to other requests' results; not stored.</summary>
    public string? ResolvedPayload { get; set; }

    /// <summary>What the machine decided last and the store has not written yet.</summary>
    public Transition? Pending { get; set; }
}

/// <summary>One change of status: what a store needs beside the request's own fields.</summary>
/// <param name="Event">What happened, in the timeline's words.</param>
/// <param name="From">The status before.</param>
public sealed record Transition(string Event, string From)
{
    /// <summary>The fencing number of the attempt that it is about: the one before the change.</summary>
    public int Attempt { get; init; }
    /// <summary>When the next attempt may start, counted from the moment of storing; null when there is none.</summary>
    public TimeSpan? NextAttemptIn { get; init; }
    /// <summary>Whether an attempt ended with this change, so that a row of <c>request_attempts</c> is due.</summary>
    public bool EndsAttempt { get; init; }
    /// <summary>The service's last HTTP status, for the attempt's row.</summary>
    public int? HttpStatus { get; init; }
    /// <summary>The error's code, for log and metrics.</summary>
    public string? ErrorCode { get; init; }
    /// <summary>The error of the attempt as JSON; kept in the attempt's row even when the request goes on.</summary>
    public string? AttemptError { get; init; }
    /// <summary>Whether with this change it became unclear if the attempt took effect.</summary>
    public bool BecomesUnclear { get; init; }
    /// <summary>Whether it takes a place in its lane with this change, behind all others.</summary>
    public bool EntersLane { get; init; }
    /// <summary>The payload that replaces the stored one; null leaves it.</summary>
    public string? MendedPayload { get; init; }
    /// <summary>Who asked for it, where a person or client did.</summary>
    public string? By { get; init; }
}
