using System.Text.Json;
using System.Text.Json.Serialization;

namespace Riq.Contracts;

/// <summary>What became of a request: the answer of <c>GET /api/queue/result/{token}</c>.</summary>
public sealed record RequestState
{
    /// <summary>The request's token.</summary>
    public required string Token { get; init; }

    /// <summary>E.g. <c>jira.create_task</c>.</summary>
    public required string Operation { get; init; }

    /// <summary><c>queued</c>, <c>processing</c>, <c>completed</c>, <c>failed</c> or <c>dead</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Why a queued request waits.</summary>
    public string? WaitingFor { get; init; }

    /// <summary>What a queued request waits for, in words and fields; an object.</summary>
    public JsonElement? BlockedBy { get; init; }

    /// <summary>The result of a completed request.</summary>
    public JsonElement? Result { get; init; }

    /// <summary>Why it failed, or why it failed last.</summary>
    public RequestFault? Error { get; init; }

    /// <summary>Attempts that have ended.</summary>
    public int Attempts { get; init; }

    /// <summary>Retries used up.</summary>
    public int RetryCount { get; init; }

    /// <summary>Returns to the queue that used up no retry.</summary>
    public int Deferrals { get; init; }

    /// <summary>UTC.</summary>
    public DateTimeOffset? NextRetryAt { get; init; }

    /// <summary>UTC.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>UTC.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>UTC; when it ended, however it ended.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>Of a write.</summary>
    public string? ConsistencyToken { get; init; }

    /// <summary>Whether the result came from a cache.</summary>
    public bool Cached { get; init; }

    /// <summary>UTC; when the service gave a result that came from a cache.</summary>
    public DateTimeOffset? CachedAt { get; init; }

    /// <summary>Whether it is an older result in place of an error: see <see cref="SubmitRequest.StaleIfError"/>.</summary>
    public bool Stale { get; init; }

    /// <summary>Whether nothing more will happen by itself: <c>completed</c>, <c>failed</c> or <c>dead</c>.</summary>
    [JsonIgnore]
    public bool Ended => Status is "completed" or "failed" or "dead";

    /// <summary>Whether it did what was asked.</summary>
    [JsonIgnore]
    public bool Completed => Status is "completed";
}

/// <summary>Why a request failed.</summary>
/// <param name="Code">One of <see cref="ErrorCodes"/>.</param>
/// <param name="Message">For people; holds no secret.</param>
public sealed record RequestFault(string Code, string Message)
{
    /// <summary>Whether it was tried as often as permitted.</summary>
    public bool RetriesExhausted { get; init; }

    /// <summary>The status of the service's last answer.</summary>
    public int? HttpStatus { get; init; }

    /// <summary>How many seconds the service asked to be left alone.</summary>
    public double? RetryAfter { get; init; }

    /// <summary>The service's own field errors, and what RIQ found out; an object.</summary>
    public JsonElement? Details { get; init; }

    /// <summary>Whether nobody knows if the write took effect (<c>details.outcome</c> is <c>unknown</c>).</summary>
    [JsonIgnore]
    public bool OutcomeUnknown =>
        Details is { ValueKind: JsonValueKind.Object } details && details.TryGetProperty("outcome", out var outcome) && outcome.ValueKind == JsonValueKind.String && outcome.GetString() == "unknown";
}
