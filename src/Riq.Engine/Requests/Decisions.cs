using Riq.Contracts;

namespace Riq.Engine.Requests;

/// <summary>
/// What follows from the end of an attempt. Pure functions that change the request's counters and say the next status;
/// the state machine calls them and nothing else does.
/// </summary>
static class Decisions
{
    /// <summary>Deaths of a worker that a request survives for nothing; further ones count as failures.</summary>
    public const int FreeCrashes = 3;

    /// <summary>
    /// How often, for each retry that it may have, a request gives way to other changes of the same object for nothing: each time
    /// somebody else got on, so many that want the same object all get their turn. Further conflicts count as failures.
    /// </summary>
    public const int ConflictsPerRetry = 7;

    /// <summary>How long a request waits whose credential was refused, unless something else says when it is tried next. A new grant ends it at once.</summary>
    public static readonly TimeSpan CredentialWait = TimeSpan.FromMinutes(1);

    public static string Succeed(QueueRequest r, Succeeded e)
    {
        r.Result = e.Result;
        r.ExternalId = e.ExternalId;
        r.Error = null;
        r.Pending = new("succeeded", r.Status) { EndsAttempt = true, HttpStatus = e.HttpStatus };
        if (e.Stale is { } stale) r.Pending = AnsweredStale(r, stale) with { EndsAttempt = true };
        return RequestStatus.Completed;
    }

    // The attempt's own row still tells what was wrong.
    static Transition AnsweredStale(QueueRequest r, StaleAnswer stale)
    {
        r.CachedAt = stale.ReadAt;
        r.Stale = true;
        return stale.InsteadOf is { } error ? Ended(r, error, "answered_stale") : new("answered_stale", r.Status);
    }

    public static string Fail(QueueRequest r, AttemptFailed e, RetrySchedule schedule, double jitter)
    {
        var error = e.Error;
        if (error.Unclear && !e.RepeatSafe)
            return e.Plan is { } plan ? OutcomeDecisions.ClearUp(r, error, plan, "outcome_unclear") : EndUnknown(r, error, "outcome_unknown");
        if (error.Code == ErrorCodes.RateLimited) return Defer(r, error, schedule, jitter, "rate_limited");
        if (error is { Code: ErrorCodes.AuthFailed, CredentialRefused: true } && e.EndsWhenRefused) return End(r, RequestStatus.Failed, error, "failed");
        if (error.Code == ErrorCodes.AuthFailed) return AwaitCredentials(r, error, jitter);
        if (error.Code == ErrorCodes.Conflict && r.Deferrals < ConflictsPerRetry * r.MaxRetries) return GiveWay(r, error, schedule, jitter);
        if (!ErrorCodes.IsTransient(error.Code)) return End(r, RequestStatus.Failed, error, "failed");
        return RetryOrDie(r, error, schedule, jitter);
    }

    public static string LoseLease(QueueRequest r, LeaseLost e, RetrySchedule schedule, double jitter)
    {
        r.Crashes++;
        if (r.NextStep == NextStep.ClearUp) return OutcomeDecisions.LoseLeaseOfCheck(r, e.Plan);
        var error = RequestError.WorkerDied;
        if (!e.RepeatSafe) return ClearUpOrEnd(r, error, e.Plan);
        return r.Crashes > FreeCrashes ? RetryOrDie(r, error, schedule, jitter) : Return(r, error, TimeSpan.Zero, "lease_lost");
    }

    static string ClearUpOrEnd(QueueRequest r, AdapterError error, OutcomeCheckPlan? plan)
    {
        var counts = r.Crashes > FreeCrashes;
        if (plan is null || counts && r.RetryCount == r.MaxRetries) return EndUnknown(r, error, "lease_lost");
        if (counts) r.RetryCount++;
        return OutcomeDecisions.ClearUp(r, error, plan, "lease_lost");
    }

    public static string HandBack(QueueRequest r, HandedBack e)
    {
        var endsAttempt = r.Status == RequestStatus.Processing && r.NextStep == NextStep.Execute;
        r.Deferrals++;
        r.Attempt++;
        r.WaitingFor = r.NextStep == NextStep.ClearUp ? WaitingFor.OutcomeCheck : e.Reason == WaitingFor.RateLimit ? WaitingFor.RateLimit : null;
        r.Pending = new("handed_back", r.Status) { NextAttemptIn = e.Delay, EndsAttempt = endsAttempt, By = e.Reason };
        return RequestStatus.Queued;
    }

    /// <summary>The end of an equal read's call, by this request's own policy. A failure uses up a retry, but it is no attempt of its own.</summary>
    public static string Share(QueueRequest r, Shared e, RetrySchedule schedule, double jitter)
    {
        if (e.End is AttemptFailed failed)
        {
            var status = Fail(r, failed, schedule, jitter);
            r.Pending = r.Pending! with { By = e.By, EndsAttempt = false };
            return status;
        }
        var succeeded = (Succeeded)e.End;
        r.Result = succeeded.Result;
        r.Error = null;
        r.WaitingFor = null;
        r.Pending = succeeded.Stale is { } stale ? AnsweredStale(r, stale) with { By = e.By, EndsAttempt = false } : new("shared", r.Status) { HttpStatus = succeeded.HttpStatus, By = e.By };
        return RequestStatus.Completed;
    }

    public static string CallOff(QueueRequest r, string code, string message, string happened, string? by)
    {
        r.Error = new RequestError(code, message).ToJson();
        r.WaitingFor = null;
        r.Pending = new(happened, r.Status) { ErrorCode = code, By = by };
        return RequestStatus.Failed;
    }

    /// <summary>The next step stays as it is: what was being cleared up is looked for first.</summary>
    public static string RunAgain(QueueRequest r, RetryRequested e, string happened = "retry_requested")
    {
        r.Attempt++;
        r.RetryCount = 0;
        r.Error = null;
        r.Result = null;
        r.ExpiresAt = null;
        if (e.Payload is not null) r.Payload = e.Payload;
        r.Pending = new(happened, r.Status) { By = e.By, MendedPayload = e.Payload };
        if (e.PendingDependencies > 0) OrderDecisions.Wait(r, e.PendingDependencies);
        else OrderDecisions.RunOrQueueUp(r);
        return RequestStatus.Queued;
    }

    static string RetryOrDie(QueueRequest r, AdapterError error, RetrySchedule schedule, double jitter)
    {
        if (r.RetryCount == r.MaxRetries) return End(r, RequestStatus.Dead, error, "retries_exhausted");
        r.RetryCount++;
        r.Attempt++;
        r.WaitingFor = WaitingFor.Retry;
        r.Error = RequestError.From(error).ToJson();
        r.Pending = Ended(r, error, "attempt_failed") with { NextAttemptIn = schedule.Delay(r.RetryCount, jitter, error.RetryAfter), BecomesUnclear = error.Unclear };
        return RequestStatus.Queued;
    }

    // A 429 was not carried out and says nothing against the request: it waits and loses no retry.
    // When the service has said for how long, that is enough; else each wait is longer than the one before.
    static string Defer(QueueRequest r, AdapterError error, RetrySchedule schedule, double jitter, string happened)
    {
        r.Deferrals++;
        var status = Return(r, error, schedule.Delay(error.RetryAfter is null ? Math.Min(r.Deferrals, 5) : 1, jitter, error.RetryAfter), happened);
        r.WaitingFor = WaitingFor.RateLimit;
        return status;
    }

    // Anywhere within the wait: those who collided must not meet again.
    static string GiveWay(QueueRequest r, AdapterError error, RetrySchedule schedule, double jitter)
    {
        var longest = schedule.Delay(Math.Min(++r.Deferrals, 4), jitter: 0);
        var wait = longest * (0.1 + 0.9 * jitter);
        return Return(r, error, error.RetryAfter is { } asked && asked > wait ? asked : wait, "conflicted");
    }

    // A 401 was not carried out and is the credential's fault, not the request's.
    static string AwaitCredentials(QueueRequest r, AdapterError error, double jitter)
    {
        r.Deferrals++;
        var status = Return(r, error, (error.RetryAfter ?? CredentialWait) * (1 + 0.1 * jitter), "credentials_refused");
        r.WaitingFor = WaitingFor.Credentials;
        return status;
    }

    static string Return(QueueRequest r, AdapterError error, TimeSpan delay, string happened)
    {
        if (happened == "lease_lost") r.Deferrals++;
        r.Attempt++;
        r.WaitingFor = delay > TimeSpan.Zero ? WaitingFor.Retry : null;
        r.Error = RequestError.From(error).ToJson();
        r.Pending = Ended(r, error, happened) with { NextAttemptIn = delay, BecomesUnclear = error.Unclear };
        return RequestStatus.Queued;
    }

    static string End(QueueRequest r, string status, AdapterError error, string happened)
    {
        r.Error = RequestError.From(error, exhausted: status == RequestStatus.Dead).ToJson();
        r.WaitingFor = null;
        r.Pending = Ended(r, error, happened);
        return status;
    }

    // Not repeated: whether it took effect is not known, and a second effect would be worse than a dead letter.
    static string EndUnknown(QueueRequest r, AdapterError error, string happened)
    {
        r.Error = RequestError.From(error, unknown: true).ToJson();
        r.WaitingFor = null;
        r.Pending = Ended(r, error, happened);
        return RequestStatus.Dead;
    }

    public static Transition Ended(QueueRequest r, AdapterError error, string happened) => new(happened, r.Status)
    {
        EndsAttempt = true,
        HttpStatus = error.HttpStatus,
        ErrorCode = error.Code,
        AttemptError = RequestError.From(error).ToJson(),
    };
}
