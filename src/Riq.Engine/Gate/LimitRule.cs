using Riq.Contracts;

namespace Riq.Engine.Gate;

/// <summary>
/// What follows for all workers from what a service said about its limits. Pure: <c>now</c> is the database's time, and the
/// caller holds the row's lock. What has no effect returns the very same instance.
/// </summary>
static class LimitRule
{
    /// <summary>More endpoints and entities are not held at the same time; those that end first are forgotten, and refuse once more.</summary>
    public const int MostHolds = 100;

    /// <summary>How long an endpoint or entity is left alone that did not say how long.</summary>
    public static readonly TimeSpan ShortHold = TimeSpan.FromSeconds(2);

    static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(1), LongestBackOff = TimeSpan.FromSeconds(60);
    static readonly TimeSpan LongestReset = TimeSpan.FromHours(24), ShortestReset = TimeSpan.FromSeconds(1);

    public static RateState Hear(RateState state, DateTime now, OutgoingCall call, LimitSignal said) =>
        said.Refused ? Hold(state, now, call, said) : Spread(state, now, call, said);

    /// <summary>The scope that a signal is really about: a limit of one object needs to have one.</summary>
    public static LimitScope ScopeOf(OutgoingCall call, LimitSignal said) => said.Scope == LimitScope.Entity && call.Entity is null ? LimitScope.Endpoint : said.Scope;

    /// <summary>How long the scope is left alone after a refusal, as far as the refusal alone tells.</summary>
    public static TimeSpan WaitOf(LimitSignal said) => said.Wait ?? (said.Scope == LimitScope.Service ? FirstBackOff : ShortHold);

    static RateState Hold(RateState state, DateTime now, OutgoingCall call, LimitSignal said)
    {
        var scope = ScopeOf(call, said);
        if (scope != LimitScope.Service) return With(state, now, new(scope, NameOf(scope, call), now + WaitOf(said), said.Reason));
        var strikes = said.Wait is null ? StrikesAfter(state, now) : 0;
        var wait = said.Wait ?? BackOff(strikes);
        // Calls that were under way when the first was refused are refused as well: they say nothing new but a longer wait.
        if (now + wait <= state.HeldUntil) return state;
        return state with { HeldUntil = now + wait, HeldReason = said.Reason, Strikes = strikes };
    }

    static int StrikesAfter(RateState state, DateTime now)
    {
        if (state.HeldUntil is not { } until) return 1;
        if (until > now) return Math.Max(1, state.Strikes);
        return now - until < LongestBackOff ? Math.Min(state.Strikes + 1, 10) : 1;
    }

    static TimeSpan BackOff(int strikes) => Shorter(FirstBackOff * Math.Pow(2, strikes - 1), LongestBackOff);

    // Little is left: what is left is spread over the time until the limit begins anew.
    static RateState Spread(RateState state, DateTime now, OutgoingCall call, LimitSignal said)
    {
        if (!said.SaysLittleIsLeft) return state;
        var scope = ScopeOf(call, said);
        if (scope != LimitScope.Service)
            return said.Remaining == 0 ? With(state, now, new(scope, NameOf(scope, call), now + (said.ResetIn is { } soon ? Bounded(soon) : ShortestReset), said.Reason)) : state;
        if (said.FillPerSecond is { } fill) return Lower(state, now, 60 * fill, Bounded(TimeSpan.FromSeconds(Math.Min(3600, ((said.Limit ?? 1) - (said.Remaining ?? 0)) / fill))), said.Remaining);
        if (said.ResetIn is not { } reset || said.Remaining is not { } left) return state;
        var time = Bounded(reset);
        if (left > 0) return Lower(state, now, left / time.TotalMinutes, time, left);
        return now + time <= state.HeldUntil ? state : state with { HeldUntil = now + time, HeldReason = said.Reason, Strikes = 0 };
    }

    static RateState Lower(RateState state, DateTime now, double perMinute, TimeSpan time, int? left)
    {
        // Every answer says it anew: what differs little is not worth a change that all workers read.
        if (state.LoweredUntil > now + time * 0.9 && state.LoweredTo is { } known && perMinute >= known * 0.9) return state;
        return state with { LoweredTo = perMinute, LoweredUntil = now + time, Tokens = left is { } n ? Math.Min(state.Tokens ?? n, n) : state.Tokens };
    }

    static RateState With(RateState state, DateTime now, ScopeHold hold)
    {
        if (state.Holds.Any(h => h.Scope == hold.Scope && h.Name == hold.Name && h.Until >= hold.Until)) return state;
        var kept = state.Holds.Where(h => h.Until > now && (h.Scope, h.Name) != (hold.Scope, hold.Name)).Append(hold);
        return state with { Holds = [.. kept.OrderByDescending(h => h.Until).Take(MostHolds)] };
    }

    static string NameOf(LimitScope scope, OutgoingCall call) => scope == LimitScope.Entity ? call.Entity! : call.Endpoint;

    static TimeSpan Bounded(TimeSpan reset) => Longer(ShortestReset, Shorter(reset, LongestReset));
    static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;
    static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
