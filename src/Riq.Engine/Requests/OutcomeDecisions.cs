using System.Text.Json;
using Riq.Contracts;

namespace Riq.Engine.Requests;

/// <summary>
/// What follows when it is unclear whether a write took effect, and what operators decide about it. Pure functions like
/// <see cref="Decisions"/>. Looking costs no retry; a repetition after it is known that nothing happened does.
/// </summary>
static class OutcomeDecisions
{
    /// <summary>Back to the queue, to look for the effect first.</summary>
    public static string ClearUp(QueueRequest r, AdapterError error, OutcomeCheckPlan plan, string happened)
    {
        r.NextStep = NextStep.ClearUp;
        r.Error = RequestError.From(error).ToJson();
        WaitForLook(r);
        r.Pending = Decisions.Ended(r, error, happened) with { NextAttemptIn = plan.First, BecomesUnclear = true };
        return RequestStatus.Queued;
    }

    public static string Check(QueueRequest r, OutcomeChecked e)
    {
        // Both by the database's clock. A missing time can't prove that any has passed.
        var elapsed = r.StartedAt - r.UnclearSince ?? TimeSpan.Zero;
        return e.Answer switch
        {
            { Error: { } error } => NoAnswer(r, error, e.Plan, elapsed),
            { Data: EffectSearch.Found found } => Find(r, found, e.Answer.Metadata.HttpStatus),
            { Data: EffectSearch.Ambiguous { Candidates: var candidates } } => GiveUp(r, "The service has objects that may be the effect of this request: somebody has to decide.", candidates),
            _ when e.Plan.IsQuiet(elapsed) => RepeatOrDie(r),
            _ => LookAgain(r, "not_found_yet", e.Plan.NextAfter(elapsed)),
        };
    }

    /// <summary>The worker died while it looked: looking is harmless, so another one looks, until the deaths count.</summary>
    public static string LoseLeaseOfCheck(QueueRequest r, OutcomeCheckPlan? plan)
    {
        if (plan is null) return GiveUp(r, "It can't be found out any more whether this request took effect: this worker does not know its operation.", []);
        if (r.Crashes <= Decisions.FreeCrashes) return LookAgain(r, "lease_lost", TimeSpan.Zero);
        if (r.RetryCount == r.MaxRetries) return GiveUp(r, "The workers that looked for the effect of this request died again and again.", []);
        r.RetryCount++;
        return LookAgain(r, "lease_lost", OutcomeCheckPlan.LaterPause);
    }

    public static string Adopt(QueueRequest r, Adopted e)
    {
        r.Result = e.Result;
        r.Error = null;
        r.NextStep = NextStep.Execute;
        r.Pending = new("adopted", r.Status) { By = e.By };
        return RequestStatus.Completed;
    }

    public static string SendAgain(QueueRequest r, SentAgain e)
    {
        r.NextStep = NextStep.Execute;
        return Decisions.RunAgain(r, new RetryRequested(e.By), "sent_again");
    }

    public static string Abandon(QueueRequest r, Abandoned e)
    {
        r.Pending = new("abandoned", r.Status) { By = e.By };
        return RequestStatus.Failed;
    }

    static string Find(QueueRequest r, EffectSearch.Found found, int? httpStatus)
    {
        r.Result = found.Result.ValueKind == JsonValueKind.Undefined ? "null" : StorableJson.Of(found.Result);
        r.ExternalId = Order.Entities.ExternalIdIn(found.Result);
        r.Error = null;
        r.NextStep = NextStep.Execute;
        r.Pending = new("found", r.Status) { HttpStatus = httpStatus, By = r.Worker };
        return RequestStatus.Completed;
    }

    // A repetition is a retry like any other, except after the death of a worker, which is not the request's fault.
    static string RepeatOrDie(QueueRequest r)
    {
        var afterCrash = RequestError.SaysWorkerDied(r.Error);
        if (!afterCrash && r.RetryCount == r.MaxRetries)
        {
            // The next step stays: an effect that shows after all is found before an operator's retry makes a second one.
            r.Error = RequestError.Exhausted(r.Error);
            r.WaitingFor = null;
            r.Pending = new("retries_exhausted", r.Status) { By = r.Worker };
            return RequestStatus.Dead;
        }
        if (!afterCrash) r.RetryCount++;
        r.NextStep = NextStep.Execute;
        r.Attempt++;
        r.WaitingFor = null;
        r.Pending = new("not_found", r.Status) { NextAttemptIn = TimeSpan.Zero, By = r.Worker };
        return RequestStatus.Queued;
    }

    // A 429 says when to come back, and a refused credential is an operator's to mend: neither brings the end nearer.
    static string NoAnswer(QueueRequest r, AdapterError error, OutcomeCheckPlan plan, TimeSpan elapsed)
    {
        if (plan.IsOver(elapsed) && error.Code is not (ErrorCodes.RateLimited or ErrorCodes.AuthFailed))
            return GiveUp(r, $"The service did not say in time whether this request took effect. {error.Message}", []);
        var wait = plan.NextAfter(elapsed);
        var asked = error.RetryAfter is { } retryAfter && retryAfter > wait ? retryAfter : wait;
        var status = LookAgain(r, "check_failed", asked < RetrySchedule.LongestRetryAfter ? asked : RetrySchedule.LongestRetryAfter);
        r.Pending = r.Pending! with { ErrorCode = error.Code };
        return status;
    }

    static string LookAgain(QueueRequest r, string happened, TimeSpan wait)
    {
        WaitForLook(r);
        r.Pending = new(happened, r.Status) { NextAttemptIn = wait, By = r.Worker };
        return RequestStatus.Queued;
    }

    static void WaitForLook(QueueRequest r)
    {
        r.Attempt++;
        r.WaitingFor = WaitingFor.OutcomeCheck;
    }

    // The next step stays: whoever runs it again without saying more looks first.
    static string GiveUp(QueueRequest r, string why, IReadOnlyList<EffectCandidate> candidates)
    {
        r.Error = RequestError.Unknown(r.Error, why, candidates);
        r.WaitingFor = null;
        r.Pending = new("outcome_unknown", r.Status) { By = r.Worker };
        return RequestStatus.Dead;
    }
}
