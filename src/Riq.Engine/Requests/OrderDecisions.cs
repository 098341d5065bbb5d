namespace Riq.Engine.Requests;

/// <summary>What a request does that has waited for others, or has to. Pure functions like <see cref="Decisions"/>.</summary>
static class OrderDecisions
{
    /// <summary>Nothing that it depends on is left: it runs, or takes its place among the writes to its entity.</summary>
    public static string Release(QueueRequest r, Released e)
    {
        r.PendingDependencies = 0;
        r.LaneKey = e.LaneKey;
        r.Pending = new("released", r.Status);
        RunOrQueueUp(r);
        return RequestStatus.Queued;
    }

    /// <summary>Says when the next attempt of a request that may run is due: at once, or when its turn in its lane comes.</summary>
    public static void RunOrQueueUp(QueueRequest r)
    {
        if (r.LaneKey is null || r.LaneSeq is not null)
        {
            r.Ready = true;
            r.WaitingFor = r.NextStep == NextStep.ClearUp ? WaitingFor.OutcomeCheck : null;
            r.Pending = r.Pending! with { NextAttemptIn = TimeSpan.Zero };
            return;
        }
        r.Ready = false;
        r.WaitingFor = WaitingFor.Lane;
        r.Pending = r.Pending! with { EntersLane = true };
    }

    /// <summary>Back to waiting for the requests that it depends on.</summary>
    public static void Wait(QueueRequest r, int pending)
    {
        r.Ready = false;
        r.PendingDependencies = pending;
        r.WaitingFor = WaitingFor.Dependencies;
    }
}
