using System.Diagnostics;
using Xunit;

namespace Riq.IntegrationTests.Simulator;

public sealed class LatencyTests
{
    [Fact]
    public async Task Calls_take_a_log_normal_time_with_the_median_of_their_kind()
    {
        await using var site = await RunningSimulator.Start("--Simulator:LatencyScale=1", "--Simulator:Limits:Enabled=false");
        var calls = Enumerable.Range(0, 60).Select(async _ =>
        {
            var start = Stopwatch.GetTimestamp();
            Assert.Equal(200, (await site.Get("/rest/api/3/myself")).Status);
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        });
        var times = (await Task.WhenAll(calls)).Order().ToArray();
        Assert.InRange(times[30], 90, 5000);
        Assert.True(times[^1] > 1.5 * times[5], $"no spread: {times[5]:0} to {times[^1]:0} ms");
    }

    [Fact]
    public async Task Work_is_done_after_the_first_half_of_the_latency_also_when_the_client_has_left()
    {
        await using var site = await RunningSimulator.Start();
        await site.Fault(new { method = "POST", action = "delay", seconds = 1 });
        using var giveUp = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => site.Send(HttpMethod.Post, "/rest/api/3/issue", RunningSimulator.Issue(token: "left"), cancel: giveUp.Token));
        var started = Stopwatch.GetTimestamp();
        while ((await site.Ledger("left")).Length == 0) Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(30), "the work was not done");
        Assert.True((await site.Ledger("left"))[0].GetProperty("committed").GetBoolean());
    }
}
