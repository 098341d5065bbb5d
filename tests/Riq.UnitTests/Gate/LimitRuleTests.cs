using FsCheck.Xunit;
using Riq.Contracts;
using Riq.Engine.Gate;

namespace Riq.UnitTests.Gate;

public class LimitRuleTests
{
    static readonly DateTime Now = new(2026, 5, 4, 12, 0, 0, DateTimeKind.Utc);
    static readonly OutgoingCall Comment = new("jira", "POST /issue/*/comment", "MD-1");
    static readonly RateOptions Options = new(100, 20);

    static TimeSpan Seconds(double s) => TimeSpan.FromSeconds(s);

    static LimitSignal Refusal(LimitScope scope, double? wait = null) => new(Refused: true, scope) { Wait = wait is { } w ? Seconds(w) : null };

    static RateState Hear(LimitSignal said, RateState? state = null, DateTime? now = null, OutgoingCall? call = null) => LimitRule.Hear(state ?? RateState.Full, now ?? Now, call ?? Comment, said);

    [Fact]
    public void A_refusal_of_the_service_holds_everything_for_as_long_as_it_asks()
    {
        var state = Hear(Refusal(LimitScope.Service, 20));
        Assert.Equal((Now + Seconds(20), 0), (state.HeldUntil, state.Holds.Count));
    }

    [Fact]
    public void A_refusal_of_an_endpoint_or_an_issue_holds_only_that()
    {
        var endpoint = Assert.Single(Hear(Refusal(LimitScope.Endpoint, 5)).Holds);
        Assert.True(endpoint.IsAbout(Comment with { Entity = "MD-2" }) && !endpoint.IsAbout(Comment with { Endpoint = "GET /issue/*" }));
        var issue = Assert.Single(Hear(Refusal(LimitScope.Entity, 5)).Holds);
        Assert.True(issue.IsAbout(Comment with { Endpoint = "PUT /issue/*" }) && !issue.IsAbout(Comment with { Entity = "MD-2" }));
    }

    [Fact]
    public void A_refusal_of_one_entity_to_a_call_without_one_is_about_its_endpoint() =>
        Assert.Equal(LimitScope.Endpoint, Assert.Single(Hear(Refusal(LimitScope.Entity, 5), call: new("jira", "POST /issue", null)).Holds).Scope);

    [Fact]
    public void A_shorter_wait_ends_no_longer_one_and_changes_nothing()
    {
        var held = Hear(Refusal(LimitScope.Service, 20));
        Assert.Same(held, Hear(Refusal(LimitScope.Service, 5), held, Now + Seconds(1)));
        Assert.Equal(Now + Seconds(61), Hear(Refusal(LimitScope.Service, 60), held, Now + Seconds(1)).HeldUntil);
    }

    [Fact]
    public void Refusals_that_do_not_say_how_long_double_the_wait_up_to_a_minute_and_a_quiet_time_forgets_them()
    {
        var (state, now) = (RateState.Full, Now);
        foreach (var wait in new[] { 1, 2, 4, 8, 16, 32, 60, 60 })
        {
            state = Hear(Refusal(LimitScope.Service), state, now);
            Assert.Equal(now + Seconds(wait), state.HeldUntil);
            now = state.HeldUntil!.Value + Seconds(0.1);
        }
        now += TimeSpan.FromMinutes(2);
        Assert.Equal(now + Seconds(1), Hear(Refusal(LimitScope.Service), state, now).HeldUntil);
    }

    [Fact]
    public void Refusals_of_calls_that_were_under_way_together_count_once()
    {
        var state = Hear(Refusal(LimitScope.Service));
        for (var i = 0; i < 10; i++) state = Hear(Refusal(LimitScope.Service), state, Now + Seconds(0.05 * i));
        Assert.Equal(1, state.Strikes);
        Assert.True(state.HeldUntil <= Now + Seconds(1.5));
    }

    [Fact]
    public void What_is_left_is_spread_over_the_time_until_the_reset()
    {
        var state = Hear(new(false, LimitScope.Service) { Limit = 1000, Remaining = 30, ResetIn = TimeSpan.FromMinutes(3) });
        Assert.Equal(10, state.PerMinute(Options, Now));
        Assert.Equal(100, state.PerMinute(Options, Now + TimeSpan.FromMinutes(3)));   // and then as before
        Assert.Equal(10, state.PerMinute(new(0, 10), Now));                           // also where there is no limit of ours
    }

    [Fact]
    public void Nothing_left_until_the_reset_is_a_wait()
    {
        Assert.Equal(Now + TimeSpan.FromMinutes(3), Hear(new(false, LimitScope.Service) { Limit = 1000, Remaining = 0, ResetIn = TimeSpan.FromMinutes(3) }).HeldUntil);
        Assert.Equal(LimitScope.Endpoint, Assert.Single(Hear(new(false, LimitScope.Endpoint) { Limit = 100, Remaining = 0 }).Holds).Scope);
    }

    [Fact]
    public void Data_Center_is_called_as_fast_as_its_bucket_fills_until_it_is_full_again()
    {
        var state = Hear(new(false, LimitScope.Service) { Limit = 100, Remaining = 10, FillPerSecond = 5 });
        Assert.Equal((300.0, Now + Seconds(18)), (state.LoweredTo, state.LoweredUntil));
    }

    [Fact]
    public void A_success_with_much_left_and_a_repetition_of_what_is_known_change_nothing()
    {
        Assert.Same(RateState.Full, Hear(new(false, LimitScope.Service) { Limit = 100, Remaining = 60, ResetIn = Seconds(60) }));
        LimitSignal little = new(false, LimitScope.Service) { Limit = 100, Remaining = 10, ResetIn = Seconds(60) };
        var lowered = Hear(little);
        Assert.Same(lowered, Hear(little, lowered, Now + Seconds(1)));
    }

    [Property(MaxTest = 500)]
    public void Whatever_is_heard_the_holds_are_bounded_a_hold_never_gets_shorter_and_the_rate_never_higher(byte[] heard)
    {
        var (state, now) = (RateState.Full, Now);
        foreach (var b in heard.Concat(heard))
        {
            var said = new LimitSignal(b % 2 == 0, (LimitScope)(b % 3)) { Wait = b % 5 == 0 ? null : Seconds(1 + b), Limit = 100, Remaining = b % 7, ResetIn = b % 4 == 0 ? null : Seconds(b), FillPerSecond = b % 11 == 0 ? 0.5 + b : null };
            var next = Hear(said, state, now, new("jira", $"E{b % 50}", b % 6 == 0 ? null : $"MD-{b}"));
            Assert.InRange(next.Holds.Count, 0, LimitRule.MostHolds);
            if (state.HeldUntil > now) Assert.True(next.HeldUntil >= state.HeldUntil);
            foreach (var hold in state.Holds.Where(h => h.Until > now && next.Holds.Count < LimitRule.MostHolds))
                Assert.Contains(next.Holds, h => h.Scope == hold.Scope && h.Name == hold.Name && h.Until >= hold.Until);
            Assert.True(next.PerMinute(Options, now) <= 100);
            if (said is { Refused: true, Scope: LimitScope.Service }) Assert.True(next.HeldUntil >= now + (said.Wait ?? Seconds(1)));
            (state, now) = (next, now + Seconds(b % 13));
        }
    }

    [Property(MaxTest = 500)]
    public void The_bucket_is_never_fuller_than_its_burst_and_fills_evenly(ushort rate, ushort burst, ushort left, ushort seconds)
    {
        var options = new RateOptions(1 + rate, 1 + burst);
        var state = new RateState { Tokens = Math.Min(left, options.Burst), FilledAt = Now };
        Assert.Equal(Math.Min(options.Burst, state.Tokens!.Value + options.PerMinute * seconds / 60.0), state.Left(options, Now + Seconds(seconds))!.Value, 3);
    }
}
