using Riq.Simulator.Limits;
using Riq.Simulator.Settings;
using Xunit;

namespace Riq.UnitTests.Simulator;

public sealed class LimitTests
{
    static readonly DateTimeOffset Now = new(2026, 3, 10, 12, 30, 0, TimeSpan.Zero);

    [Fact]
    public void A_bucket_lets_a_burst_pass_and_then_its_rate()
    {
        var bucket = new TokenBucket();
        Assert.Equal(100, Enumerable.Range(0, 150).Count(_ => bucket.Take(Now, 100, 100).Passed));
        Assert.Equal(TimeSpan.FromMilliseconds(10), bucket.Take(Now, 100, 100).Wait);
        Assert.Equal(10, Enumerable.Range(0, 50).Count(_ => bucket.Take(Now.AddMilliseconds(100), 100, 100).Passed));
    }

    [Fact]
    public void A_shut_bucket_lets_nothing_pass_until_its_time()
    {
        var bucket = new TokenBucket();
        bucket.Shut(Now.AddSeconds(5));
        Assert.False(bucket.Take(Now.AddSeconds(4.9), 100, 100).Passed);
        Assert.True(bucket.Take(Now.AddSeconds(5.1), 100, 100).Passed);
    }

    [Fact]
    public void One_issue_takes_20_writes_in_2_s_and_100_in_30_s()
    {
        var writes = new IssueWrites();
        var limits = new LimitSettings();
        Assert.All(Enumerable.Range(0, 20), _ => Assert.Null(writes.Take(Now, limits)));
        Assert.Equal(TimeSpan.FromSeconds(2), writes.Take(Now, limits));

        var at = Now;
        for (var round = 1; round < 5; round++)
        {
            at = Now.AddSeconds(2.1 * round);
            for (var i = 0; i < 20; i++) Assert.Null(writes.Take(at, limits));
        }
        Assert.Equal(Now.AddSeconds(30) - at.AddSeconds(3), writes.Take(at.AddSeconds(3), limits));
        Assert.Null(writes.Take(Now.AddSeconds(30.1), limits));
    }

    [Fact]
    public void Points_are_counted_by_the_hour()
    {
        var points = new PointsLedger();
        points.Spend(Now, 40);
        points.Spend(Now.AddMinutes(29), 2);
        Assert.Equal((42, new DateTimeOffset(2026, 3, 10, 13, 0, 0, TimeSpan.Zero)), (points.At(Now.AddMinutes(29)).Points, points.At(Now).Until));
        Assert.Equal(0, points.At(Now.AddMinutes(31)).Points);
        Assert.Equal([42, 0], points.Hours().Select(h => h.Points));
    }

    [Fact]
    public void The_peak_is_that_of_the_fullest_second()
    {
        var peak = new PeakRate();
        for (var i = 0; i < 3; i++) peak.Count(Now);
        for (var i = 0; i < 7; i++) peak.Count(Now.AddSeconds(1));
        peak.Count(Now.AddSeconds(2));
        Assert.Equal((7, 11), (peak.Peak, peak.Total));
    }

    [Fact]
    public void Settings_that_make_no_sense_are_all_named()
    {
        var problems = new SimulatorSettings { LatencyScale = -1, LedgerCapacity = 1, Limits = new() { BurstPerSecond = 0 }, Tokens = new() { AccessTokenTtl = TimeSpan.Zero } }.Problems().ToArray();
        Assert.Equal(4, problems.Length);
        Assert.All(problems, p => Assert.StartsWith("Simulator:", p, StringComparison.Ordinal));
        Assert.Empty(new SimulatorSettings().Problems());
    }
}
