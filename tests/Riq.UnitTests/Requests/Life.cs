using Riq.Contracts;
using Riq.Engine.Requests;

namespace Riq.UnitTests.Requests;

/// <summary>A state machine with known randomness, requests in any status, and events to raise on them.</summary>
static class Life
{
    /// <summary>The machine; <paramref name="jitter"/> is what its randomness always gives.</summary>
    public static RequestLife Of(double jitter = 0) => new(new(new(new Dictionary<string, RetrySchedule>(), () => jitter)));

    public static QueueRequest Request(string status, int maxRetries = 3, string? error = null) => new()
    {
        CorrelationId = Guid.CreateVersion7(),
        ClientId = "local",
        Operation = "jira.create_task",
        Service = "jira",
        Status = status,
        MaxRetries = maxRetries,
        Attempt = 7,
        Version = 11,
        Ready = true,
        Result = status == RequestStatus.Completed ? "{}" : null,
        Error = error ?? (status is RequestStatus.Failed or RequestStatus.Dead ? Error(ErrorCodes.ServiceUnavailable) : null),
    };

    public static string Error(string code, bool unknown = false) => RequestError.From(new(code, "It did not work."), unknown: unknown).ToJson();

    public static AttemptFailed Failure(string code, bool unclear = false, bool repeatSafe = true, TimeSpan? retryAfter = null, int? httpStatus = null) =>
        new(new(code, "It did not work.") { Unclear = unclear, RetryAfter = retryAfter, HttpStatus = httpStatus }, repeatSafe);

    public static Task<bool> Fail(this RequestLife life, QueueRequest r, AttemptFailed failure) => life.Raise(r, life.Machine.AttemptFailed, failure);

    /// <summary>What the claim statement does: nothing but this moves a request to processing.</summary>
    public static void Claim(this QueueRequest r)
    {
        Assert.Equal(RequestStatus.Queued, r.Status);
        r.Status = RequestStatus.Processing;
        r.WaitingFor = null;
        r.Version++;
    }

    /// <summary>Every stored fact of the request in one comparable text.</summary>
    public static string Facts(QueueRequest r) => System.Text.Json.JsonSerializer.Serialize(r);
}
