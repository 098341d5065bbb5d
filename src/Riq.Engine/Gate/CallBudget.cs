using Riq.Contracts;

namespace Riq.Engine.Gate;

/// <summary>One attempt's way through the gate: its slot, the token of its first call, and the time that it may take.</summary>
sealed class GatePass(TimeProvider time)
{
    long _begunAt;
    TimeSpan _limit = TimeSpan.MaxValue;
    int _firstCalls, _calls, _failures;

    /// <summary>From now on, by a clock that can't be set. The lease lasts longer.</summary>
    public void LimitTo(TimeSpan limit) => (_begunAt, _limit) = (time.GetTimestamp(), limit);

    public bool IsOver => time.GetElapsedTime(_begunAt) >= _limit;

    /// <summary>Whether the token that came with the slot was used.</summary>
    public bool TokenUsed { get; set; }

    /// <summary>Whether the service's limits were heard of during this attempt.</summary>
    public bool Heard { get; set; }

    /// <summary>The calls that have said something about the service, and those of them that failed.</summary>
    public (int Calls, int Failures) Samples => (Volatile.Read(ref _calls), Volatile.Read(ref _failures));

    /// <summary>Counts one call; one that says nothing about the service does not count.</summary>
    public void Ended(bool? failed)
    {
        if (failed is null) return;
        Interlocked.Increment(ref _calls);
        if (failed.Value) Interlocked.Increment(ref _failures);
    }

    /// <summary>True once: the first call's token came with the slot.</summary>
    public bool TakeFirst() => Interlocked.Exchange(ref _firstCalls, 1) == 0;
}

/// <summary>
/// Gives each HTTP call of an attempt its token, and keeps calls back that a service has asked to be spared. Calls made
/// outside of an attempt (a probe of the circuit) need no token.
/// </summary>
sealed class CallBudget(Gates gates, ServiceViews views, LimitReports reports) : ICallBudget
{
    // The pass goes with the flow of the attempt: adapters need not know of it.
    static readonly AsyncLocal<GatePass?> Present = new();

    public static void Begin(GatePass pass) => Present.Value = pass;

    public async ValueTask<CallRefusal?> MayBegin(OutgoingCall call, CancellationToken cancellation)
    {
        if (Present.Value is not { } pass) return null;
        var view = views.Of(call.Service);
        if (view.RefusalOf(call) is { } before) return before;
        if (pass.TakeFirst()) { pass.TokenUsed = true; return null; }
        if (!await gates.Of(call.Service).TakeToken(cancellation)) return view.RefusalOf(call) ?? view.NotNow(call.Service);
        // It may have been held while this waited; the token is lost then.
        return view.RefusalOf(call);
    }

    public bool MayStillSend() => Present.Value is not { IsOver: true };

    public void Ended(OutgoingCall call, bool? failed) => Present.Value?.Ended(failed);

    public void Answered(OutgoingCall call, LimitSignal said)
    {
        if (Present.Value is { } pass) pass.Heard |= said.Refused;
        if (said.Refused) views.Of(call.Service).Hold(LimitRule.ScopeOf(call, said), call, LimitRule.WaitOf(said));
        if (said is { Refused: true, Scope: LimitScope.Service }) gates.Of(call.Service).Turn(GateState.Held);
        reports.Add(call, said);
    }
}
