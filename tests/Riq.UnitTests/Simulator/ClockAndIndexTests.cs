using Microsoft.Extensions.Time.Testing;
using Riq.Simulator.Clock;
using Riq.Simulator.Latency;
using Xunit;

namespace Riq.UnitTests.Simulator;

public sealed class ClockAndIndexTests
{
    static readonly DateTimeOffset Now = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_search_sees_the_old_state_until_the_index_has_caught_up()
    {
        var indexed = new Indexed<string>("old", Now, Now);
        indexed.Set("new", Now, Now.AddSeconds(2));
        Assert.Equal(("new", "old"), (indexed.Current, indexed.Visible(Now.AddSeconds(1))));
        Assert.Equal("new", indexed.Visible(Now.AddSeconds(2)));
    }

    [Fact]
    public void A_later_write_never_shows_before_an_earlier_one()
    {
        var indexed = new Indexed<string>("first", Now, Now.AddSeconds(60));
        indexed.Set("second", Now, Now.AddSeconds(1));
        Assert.Null(indexed.Visible(Now.AddSeconds(59)));
        Assert.Equal("second", indexed.Visible(Now.AddSeconds(60)));
    }

    [Fact]
    public void The_clock_runs_as_fast_as_it_is_told_and_can_be_moved()
    {
        var below = new FakeTimeProvider(Now);
        var clock = new SimulatorClock(below, speed: 60);
        below.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Now.AddMinutes(1), clock.GetUtcNow());
        clock.SetSpeed(1);
        clock.Advance(TimeSpan.FromHours(1));
        below.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Now.AddMinutes(61).AddSeconds(1), clock.GetUtcNow());
    }

    [Fact]
    public async Task A_delay_on_a_fast_clock_ends_sooner_in_real_time()
    {
        var below = new FakeTimeProvider(Now);
        var minute = TimeSpan.FromMinutes(1);
        var delay = Task.Delay(minute, new SimulatorClock(below, speed: 60));
        Assert.False(delay.IsCompleted);
        below.Advance(minute / 60);
        await delay;
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        var (one, other) = (new Chance(7), new Chance(7));
        Assert.Equal(Enumerable.Range(0, 5).Select(_ => one.Next()), Enumerable.Range(0, 5).Select(_ => other.Next()));
        Assert.NotEqual(new Chance(8).Next(), new Chance(7).Next());
    }
}
