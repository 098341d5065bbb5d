using FsCheck.Xunit;
using Riq.Contracts;
using Riq.Engine.Requests;

namespace Riq.UnitTests.Requests;

/// <summary>Whatever happens to a request in whatever order, the promises of its life hold after each step.</summary>
public class RequestLifeProperties
{
    [Property(MaxTest = 1500)]
    public async Task Any_sequence_of_events_keeps_every_promise(byte[] steps, byte maxRetries, byte jitter)
    {
        var life = Life.Of(jitter / 256d);
        var request = Life.Request(RequestStatus.Queued, maxRetries % 21);
        request.Attempt = 1;
        foreach (var step in steps) await Step(life, request, step);
    }

    [Property(MaxTest = 300)]
    public async Task A_request_that_workers_keep_taking_always_ends(byte[] steps, byte maxRetries)
    {
        // Every failure but the deferrals, over and over: no cycle of retries goes on for ever.
        var events = HappenedEvent.All.Where(e => e.Kind is RequestEvent.AttemptFailed or RequestEvent.LeaseLost && !e.Description.StartsWith("RATE_LIMITED", StringComparison.Ordinal) && !e.Description.StartsWith("AUTH_FAILED", StringComparison.Ordinal)).ToArray();
        var life = Life.Of();
        var request = Life.Request(RequestStatus.Queued, maxRetries % 21);
        var runs = 0;
        while (!RequestStatus.IsEnd(request.Status))
        {
            Assert.True(runs < 4 + (1 + Decisions.ConflictsPerRetry) * request.MaxRetries + 1, $"{runs} runs with {request.MaxRetries} retries");
            request.Claim();
            // Looking has its own end; here it always says that nothing happened.
            if (request.NextStep == NextStep.ClearUp)
            {
                request.UnclearSince = DateTime.UnixEpoch;
                request.StartedAt = DateTime.UnixEpoch + Life.Plan.QuietAfter;
                Assert.True(await life.Check(request, Life.Answer(new EffectSearch.NotFound())));
                continue;
            }
            var happened = events[steps.Length == 0 ? 0 : steps[runs % steps.Length] % events.Length];
            Assert.True(await happened.Raise(life, request));
            runs++;
        }
    }

    static async Task Step(RequestLife life, QueueRequest request, byte step)
    {
        // Every fourth step a worker takes it when it can: else random events would hardly ever meet a running request.
        if (step % 4 == 0 && request.Status == RequestStatus.Queued) { request.Claim(); return; }
        var happened = HappenedEvent.All[step % HappenedEvent.All.Count];
        if (happened.Kind == RequestEvent.Started) return;   // the claim above is what starts an attempt

        var (from, step0, attempt, version, facts) = (request.Status, request.NextStep, request.Attempt, request.Version, Life.Facts(request));
        request.Pending = null;
        var unstored = Life.Facts(request);
        var taken = await happened.Raise(life, request);

        Assert.Equal(version, request.Version);   // the store counts it
        Assert.Equal(taken, request.Pending is not null);
        if (taken) Assert.True(Transitions.Accepts(from, happened.Kind));
        else Assert.True(!Transitions.Accepts(from, happened.Kind) || Life.TurnsOnTheNextStep(happened.Kind));
        if (!taken) { Assert.Equal(unstored, Life.Facts(request)); return; }

        var pending = request.Pending!;
        var queued = request.Status == RequestStatus.Queued;
        Assert.True(Transitions.IsAllowed(from, happened.Kind, request.Status), $"{from} + {happened} led to {request.Status}");
        Assert.NotEqual(facts, Life.Facts(request));
        Assert.Equal((from, attempt), (pending.From, pending.Attempt));
        Assert.Equal(attempt + (queued ? 1 : 0), request.Attempt);
        Assert.Equal(queued, pending.NextAttemptIn is not null);   // never in the queue without a command to come
        Assert.True(pending.NextAttemptIn is null || pending.NextAttemptIn >= TimeSpan.Zero);
        Assert.Equal(from == RequestStatus.Processing && step0 == NextStep.Execute, pending.EndsAttempt);
        Assert.Equal(request.Status == RequestStatus.Completed, request.Result is not null);
        Assert.Equal(request.Status is RequestStatus.Failed or RequestStatus.Dead, request.Error is not null && !queued && request.Status != RequestStatus.Completed);
        Assert.True(!queued || request.RetryCount <= request.MaxRetries, $"{request.RetryCount} of {request.MaxRetries} retries");
        Assert.True(request.WaitingFor is null || queued);
        var looks = request.NextStep == NextStep.ClearUp;
        Assert.Equal(queued && looks, request.WaitingFor == WaitingFor.OutcomeCheck);
        Assert.Equal(queued && !looks && pending.NextAttemptIn > TimeSpan.Zero, request.WaitingFor is WaitingFor.Retry or WaitingFor.RateLimit or WaitingFor.Credentials);
        if (pending.BecomesUnclear) request.UnclearSince = request.StartedAt ?? DateTime.UnixEpoch;
        Assert.True(request.Deferrals >= 0 && request.Crashes >= 0 && request.RetryCount >= 0);
    }
}
