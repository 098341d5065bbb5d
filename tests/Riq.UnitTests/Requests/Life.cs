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

    public static AttemptFailed Failure(string code, bool unclear = false, bool repeatSafe = true, TimeSpan? retryAfter = null, int? httpStatus = null, OutcomeCheckPlan? plan = null) =>
        new(new(code, "It did not work.") { Unclear = unclear, RetryAfter = retryAfter, HttpStatus = httpStatus }, repeatSafe) { Plan = plan };

    /// <summary>Events that mean something only while the next step is to execute, only while it is to look for an effect, or only to a request that waits for others.</summary>
    public static bool TurnsOnTheNextStep(RequestEvent e) => e is RequestEvent.OutcomeChecked or RequestEvent.Cancelled or RequestEvent.Expired
        or RequestEvent.AttemptFailed or RequestEvent.Succeeded or RequestEvent.Shared or RequestEvent.Released or RequestEvent.DependencyFailed;

    /// <summary>Looks after 1, 2 and 4 s, believes "not found" after 10 s, gives up after 60 s.</summary>
    public static OutcomeCheckPlan Plan { get; } =
        new([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4)], TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60));

    /// <summary>A request whose effect is being looked for, <paramref name="elapsed"/> after its outcome became unclear.</summary>
    public static QueueRequest Checked(TimeSpan elapsed, int maxRetries = 3)
    {
        var request = Request(RequestStatus.Processing, maxRetries, Error(ErrorCodes.Timeout));
        request.NextStep = NextStep.ClearUp;
        request.UnclearSince = new DateTime(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);
        request.StartedAt = request.UnclearSince + elapsed;
        return request;
    }

    public static OutcomeChecked Answer(EffectSearch found) => new(AdapterResult<EffectSearch>.Ok(found), Plan);

    public static OutcomeChecked NoAnswer(string code, TimeSpan? retryAfter = null) =>
        new(AdapterResult<EffectSearch>.Fail(new(code, "It did not say.") { RetryAfter = retryAfter }), Plan);

    public static Task<bool> Check(this RequestLife life, QueueRequest r, OutcomeChecked e) => life.Raise(r, life.Machine.OutcomeChecked, e);

    public static Task<bool> Fail(this RequestLife life, QueueRequest r, AttemptFailed failure) => life.Raise(r, life.Machine.AttemptFailed, failure);

    /// <summary>As in <see cref="Request"/>, with the next step to which the event means something.</summary>
    public static QueueRequest RequestFor(RequestEvent e, string status, int maxRetries = 3)
    {
        var request = Request(status, maxRetries);
        if (e == RequestEvent.OutcomeChecked) request.NextStep = NextStep.ClearUp;
        if (e is RequestEvent.Released or RequestEvent.DependencyFailed) request.Ready = false;
        return request;
    }

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
