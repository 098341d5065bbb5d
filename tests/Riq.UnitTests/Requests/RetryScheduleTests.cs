using FsCheck.Xunit;
using Riq.Engine.Requests;

namespace Riq.UnitTests.Requests;

public class RetryScheduleTests
{
    [Theory]
    [InlineData(1, 2), InlineData(2, 4), InlineData(3, 8), InlineData(4, 16), InlineData(5, 32), InlineData(6, 60), InlineData(7, 60), InlineData(20, 60), InlineData(int.MaxValue, 60)]
    public void The_waits_are_2_4_8_seconds_up_to_a_minute(int retryCount, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), RetrySchedule.Default.Delay(retryCount, jitter: 0));

    [Theory]
    [InlineData(1, 0.5, 2.5), InlineData(1, 1, 3), InlineData(3, 0.25, 9), InlineData(6, 1, 90)]
    public void Jitter_adds_up_to_half_of_the_delay(int retryCount, double jitter, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), RetrySchedule.Default.Delay(retryCount, jitter));

    [Property(MaxTest = 1000)]
    public void Any_count_gives_a_delay_and_half_of_it_at_the_most(int retryCount, byte jitter, ushort baseMilliseconds, uint extraMilliseconds)
    {
        var step = TimeSpan.FromMilliseconds(baseMilliseconds + 1);
        var longest = step + TimeSpan.FromMilliseconds(extraMilliseconds);
        var doubled = step.TotalSeconds * Math.Pow(2, Math.Clamp(retryCount, 0, 62));
        var delay = Math.Min(doubled, longest.TotalSeconds);

        var wait = new RetrySchedule(step, longest).Delay(retryCount, jitter / 256d).TotalSeconds;

        Assert.InRange(wait, delay - 1e-6, delay * 1.5 + 1e-6);
        Assert.True(wait > 0);
    }

    [Property]
    public void A_later_failure_never_waits_less_than_an_earlier_one(int count)
    {
        var at = Math.Abs((long)count) % 60;
        Assert.True(RetrySchedule.Default.Delay((int)at, 0) <= RetrySchedule.Default.Delay((int)at + 1, 0));
    }

    [Property(MaxTest = 1000)]
    public void A_longer_Retry_After_wins_and_a_shorter_one_changes_nothing(byte retryCount, byte jitter, int seconds)
    {
        var asked = TimeSpan.FromSeconds(seconds);
        var own = RetrySchedule.Default.Delay(retryCount, jitter / 256d);
        var wait = RetrySchedule.Default.Delay(retryCount, jitter / 256d, asked);
        Assert.Equal(asked <= own ? own : asked < RetrySchedule.LongestRetryAfter ? asked : RetrySchedule.LongestRetryAfter, wait);
    }

    [Theory]
    [InlineData(24 * 3600), InlineData(24 * 3600 + 1), InlineData(86_400L * 365 * 1000)]
    public void Nobody_is_left_alone_for_longer_than_a_day(long seconds) =>
        Assert.Equal(TimeSpan.FromHours(24), RetrySchedule.Default.Delay(1, 0, TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void The_extremes_of_Retry_After_do_no_harm()
    {
        Assert.Equal(TimeSpan.FromHours(24), RetrySchedule.Default.Delay(1, 0, TimeSpan.MaxValue));
        Assert.Equal(TimeSpan.FromSeconds(2), RetrySchedule.Default.Delay(1, 0, TimeSpan.MinValue));
        Assert.Equal(TimeSpan.FromSeconds(2), RetrySchedule.Default.Delay(1, 0, TimeSpan.Zero));
    }

    [Theory]
    [InlineData(0), InlineData(-1), InlineData(int.MinValue)]
    public void A_count_below_one_gives_the_base_delay(int retryCount) => Assert.Equal(TimeSpan.FromSeconds(1), RetrySchedule.Default.Delay(retryCount, 0));

    [Fact]
    public void A_Retry_After_never_shortens_a_schedule_that_is_longer_than_a_day()
    {
        var slow = new RetrySchedule(TimeSpan.FromHours(20), TimeSpan.FromHours(40));
        Assert.True(slow.Delay(1, 0, TimeSpan.FromHours(50)) >= slow.Delay(1, 0));
    }
}
