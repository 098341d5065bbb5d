using MassTransit;
using Riq.Contracts;

namespace Riq.Engine.Requests;

/// <summary>
/// The life of a request; the only place where a status changes. Workers and sweepers raise events on the instance that
/// they claimed, commands from the bus come through the saga repository; both store what the machine decided with a
/// compare-and-set on the row's version.
/// </summary>
public sealed class RequestStateMachine : MassTransitStateMachine<QueueRequest>
{
    public RequestStateMachine(RetrySchedules schedules)
    {
        InstanceState(x => x.CurrentState);
        Event(() => Started, RaisedHereOnly);
        Event(() => Succeeded, RaisedHereOnly);
        Event(() => AttemptFailed, RaisedHereOnly);
        Event(() => HandedBack, RaisedHereOnly);
        Event(() => LeaseLost, RaisedHereOnly);
        Event(() => OutcomeChecked, RaisedHereOnly);
        Event(() => Shared, RaisedHereOnly);
        Event(() => Cancelled, RaisedHereOnly);
        Event(() => Expired, RaisedHereOnly);
        Event(() => RetryRequested, RaisedHereOnly);
        Event(() => Adopted, RaisedHereOnly);
        Event(() => SentAgain, RaisedHereOnly);
        Event(() => Abandoned, RaisedHereOnly);
        Event(() => Released, RaisedHereOnly);
        Event(() => DependencyFailed, RaisedHereOnly);
        Event(() => CancelCommand, e => Correlate(e, m => m.Token));
        Event(() => RetryCommand, e => Correlate(e, m => m.Token));

        During(Queued,
            When(Started).TransitionTo(Processing),
            // What may have taken effect is neither expired nor called off: that would deny it.
            When(Expired, c => !IsClearedUp(c.Saga)).Then(c => Move(c, r => Decisions.CallOff(r, ErrorCodes.Expired, "The request expired before a worker took it. Submit it again with a longer expires_in if it is still wanted.", "expired", null))),
            When(Cancelled, c => !IsClearedUp(c.Saga)).Then(c => Move(c, r => CallOff(r, c.Message.By))),
            When(CancelCommand, c => !IsClearedUp(c.Saga)).Then(c => Move(c, r => CallOff(r, "bus"))),
            When(Shared, c => !IsClearedUp(c.Saga)).Then(c => Move(c, r => Decisions.Share(r, c.Message, schedules.Of(r.Service), schedules.Jitter()))),
            When(HandedBack).Then(c => Move(c, r => Decisions.HandBack(r, c.Message))),
            When(Released, c => !c.Saga.Ready).Then(c => Move(c, r => OrderDecisions.Release(r, c.Message))),
            When(DependencyFailed, c => !c.Saga.Ready).Then(c => Move(c, r => Decisions.CallOff(r, c.Message.Code, c.Message.Message, "dependency_failed", null))));

        During(Processing,
            When(Succeeded, c => !IsClearedUp(c.Saga)).Then(c => Move(c, r => Decisions.Succeed(r, c.Message))),
            When(AttemptFailed, c => !IsClearedUp(c.Saga)).Then(c => Move(c, r => Decisions.Fail(r, c.Message, schedules.Of(r.Service), c.Message.Jitter ?? schedules.Jitter()))),
            When(OutcomeChecked, c => IsClearedUp(c.Saga)).Then(c => Move(c, r => OutcomeDecisions.Check(r, c.Message))),
            When(LeaseLost).Then(c => Move(c, r => Decisions.LoseLease(r, c.Message, schedules.Of(r.Service), schedules.Jitter()))),
            When(HandedBack).Then(c => Move(c, r => Decisions.HandBack(r, c.Message))));

        During(Failed, When(RetryRequested).Then(c => Move(c, r => Decisions.RunAgain(r, c.Message))));
        During(Dead,
            When(RetryRequested).Then(c => Move(c, r => Decisions.RunAgain(r, c.Message))),
            When(Adopted).Then(c => Move(c, r => OutcomeDecisions.Adopt(r, c.Message))),
            When(SentAgain).Then(c => Move(c, r => OutcomeDecisions.SendAgain(r, c.Message))),
            When(Abandoned).Then(c => Move(c, r => OutcomeDecisions.Abandon(r, c.Message))),
            // An unknown outcome is not repeated on a plain retry: somebody has to look first.
            When(RetryCommand, c => !HasUnknownOutcome(c.Saga)).Then(c => Move(c, r => Decisions.RunAgain(r, new("bus")))));

        // A late or repeated event means nothing to a request that has moved on.
        OnUnhandledEvent(c => c.Ignore());
    }

    public State Queued { get; private set; } = null!;
    public State Processing { get; private set; } = null!;
    public State Completed { get; private set; } = null!;
    public State Failed { get; private set; } = null!;
    public State Dead { get; private set; } = null!;

    public Event<Started> Started { get; private set; } = null!;
    public Event<Succeeded> Succeeded { get; private set; } = null!;
    public Event<AttemptFailed> AttemptFailed { get; private set; } = null!;
    public Event<HandedBack> HandedBack { get; private set; } = null!;
    public Event<LeaseLost> LeaseLost { get; private set; } = null!;
    public Event<OutcomeChecked> OutcomeChecked { get; private set; } = null!;
    public Event<Shared> Shared { get; private set; } = null!;
    public Event<Cancelled> Cancelled { get; private set; } = null!;
    public Event<Expired> Expired { get; private set; } = null!;
    public Event<RetryRequested> RetryRequested { get; private set; } = null!;
    public Event<Adopted> Adopted { get; private set; } = null!;
    public Event<SentAgain> SentAgain { get; private set; } = null!;
    public Event<Abandoned> Abandoned { get; private set; } = null!;
    public Event<Released> Released { get; private set; } = null!;
    public Event<DependencyFailed> DependencyFailed { get; private set; } = null!;
    public Event<CancelRequest> CancelCommand { get; private set; } = null!;
    public Event<RetryDeadLetter> RetryCommand { get; private set; } = null!;

    public static bool HasUnknownOutcome(QueueRequest r) => RequestError.SaysUnknown(r.Error);

    public static bool IsClearedUp(QueueRequest r) => r.NextStep == NextStep.ClearUp;

    static string CallOff(QueueRequest r, string by) =>
        Decisions.CallOff(r, ErrorCodes.Cancelled, "The request was cancelled before a worker took it.", "cancelled", by);

    static void Move(BehaviorContext<QueueRequest> c, Func<QueueRequest, string> decide)
    {
        var attempt = c.Saga.Attempt;
        c.Saga.Status = decide(c.Saga);
        c.Saga.Pending = c.Saga.Pending! with { Attempt = attempt };
    }

    // Raised by this process's own code, never by a message. MassTransit asks for a correlation all the same: one that finds nothing.
    static void RaisedHereOnly<T>(IEventCorrelationConfigurator<QueueRequest, T> e) where T : class
    {
        e.ConfigureConsumeTopology = false;
        e.CorrelateById(_ => Guid.Empty);
        e.OnMissingInstance(m => m.Discard());
    }

    static void Correlate<T>(IEventCorrelationConfigurator<QueueRequest, T> e, Func<T, string> token) where T : class
    {
        e.CorrelateById(c => RequestToken.TryParse(token(c.Message), out var id) ? id : Guid.Empty);
        e.OnMissingInstance(m => m.Discard());
    }
}
