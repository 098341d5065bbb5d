using FsCheck.Xunit;
using Riq.Engine.Gate;

namespace Riq.UnitTests.Gate;

public class AdaptiveRuleTests
{
    const double Min = 2, Max = 20;

    static CallWindow Window(double milliseconds, int drops = 0, int inUse = 20, int calls = 10) => new(calls, drops, TimeSpan.FromMilliseconds(milliseconds), inUse);

    static AdaptiveLimit After(AdaptiveLimit limit, int windows, CallWindow each)
    {
        for (var i = 0; i < windows; i++) limit = AdaptiveRule.Next(limit, each, Min, Max);
        return limit;
    }

    [Fact]
    public void It_climbs_to_the_maximum_while_calls_take_as_long_as_usual() => Assert.Equal(20, After(new(5, null), 40, Window(100)).Slots);

    [Fact]
    public void It_shrinks_when_calls_take_much_longer_than_usual_and_comes_back_when_they_do_not()
    {
        var calm = After(new(10, null), 20, Window(100));
        var slow = After(calm, 10, Window(1000));
        Assert.True(slow.Limit < calm.Limit / 2, $"{calm.Limit} to {slow.Limit}");
        Assert.Equal(20, After(slow, 40, Window(100)).Slots);
    }

    [Fact]
    public void A_service_that_saturates_at_eight_is_called_by_about_as_many()
    {
        // Calls beyond eight queue up at the service: latency grows in proportion.
        var limit = new AdaptiveLimit(2, null);
        for (var i = 0; i < 200; i++) limit = AdaptiveRule.Next(limit, Window(100 * Math.Max(1, limit.Limit / 8), inUse: limit.Slots), Min, Max);
        Assert.InRange(limit.Limit, 6, 18);
    }

    [Fact]
    public void A_limit_that_nobody_uses_does_not_grow() => Assert.Equal(5, After(new(5, null), 20, Window(100, inUse: 3)).Limit);

    [Fact]
    public void A_window_without_calls_changes_nothing() => Assert.Equal(new(7, TimeSpan.FromMilliseconds(90)), AdaptiveRule.Next(new(7, TimeSpan.FromMilliseconds(90)), default, Min, Max));

    [Fact]
    public void Calls_that_all_time_out_bring_it_down_to_the_minimum() => Assert.Equal(Min, After(new(20, TimeSpan.FromMilliseconds(100)), 5, Window(0, drops: 10, calls: 0)).Limit);

    [Property(MaxTest = 1000)]
    public void It_never_climbs_while_calls_are_dropped_and_is_always_within_its_bounds(byte[] windows, byte start)
    {
        var limit = new AdaptiveLimit(Min + start % 18, null);
        foreach (var b in windows)
        {
            var window = new CallWindow(b % 7, b % 3, TimeSpan.FromMilliseconds(1 + b * 10), b % 25);
            var next = AdaptiveRule.Next(limit, window, Min, Max);
            Assert.InRange(next.Limit, Min, Max);
            if (window.Drops > 0) Assert.True(next.Limit < limit.Limit || next.Limit == Min, $"{limit.Limit} to {next.Limit} with {window.Drops} drops");
            limit = next;
        }
    }

    [Property(MaxTest = 1000)]
    public void Shares_add_up_to_the_limit_and_everybody_has_one(ushort total, byte workers)
    {
        var (all, n) = (1 + total % 500, 1 + workers % 50);
        var shares = Enumerable.Range(0, n).Select(place => Shares.Of(all, n, place)).ToArray();
        Assert.All(shares, s => Assert.True(s >= 1));
        Assert.Equal(Math.Max(all, n), shares.Sum());
        Assert.True(shares.Max() - shares.Min() <= 1);
    }
}
