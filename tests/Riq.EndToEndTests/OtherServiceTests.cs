using System.Diagnostics;
using Riq.TestKit.Processes;
using Riq.TestKit.Servers;

namespace Riq.EndToEndTests;

/// <summary>One service is down; the other must not feel it, and the first is not overrun when it is back.</summary>
public sealed class OtherServiceTests
{
    static readonly TimeSpan Before = TestServers.Long ? TimeSpan.FromMinutes(2) : TimeSpan.FromSeconds(10);
    static readonly TimeSpan Down = TestServers.Long ? TimeSpan.FromMinutes(5) : TimeSpan.FromSeconds(12);
    const int PerSecond = 20, Backlog = 60, PerMinute = 600, Burst = 10;

    [Fact]
    public async Task While_Jira_is_down_Confluence_is_as_fast_as_before_and_the_backlog_drains_within_Jira_s_rate_the_urgent_first()
    {
        await using var riq = await RiqInstallation.Create();
        riq.With("Simulator__LatencyScale", "0.2").With("Riq__Services__jira__Rate", $"{PerMinute}").With("Riq__Services__jira__Burst", $"{Burst}")
            .With("Riq__Services__jira__Circuit__Failures", "5").With("Riq__Services__jira__Circuit__OpenFor", "00:00:03").With("Riq__Services__confluence__Concurrency", "10");
        await riq.StartSimulator();
        var (client, simulator) = (new Client((await riq.StartApi()).Http), new Simulator(riq.Simulator.Http));
        await riq.StartWorker();
        await riq.StartWorker();
        var page = (await client.End(await client.Submit(new { operation = "confluence.create_page", payload = new { space_id = "MD", title = "Steady", content = "Here." } }))).GetProperty("result").GetProperty("id").GetString()!;
        await Steady(client, page, TimeSpan.FromSeconds(3));   // warm

        var before = await Steady(client, page, Before);
        await simulator.AddFault(new { route = "/rest/api/3", action = "5xx", code = 503 });
        var (low, high) = (await Submit(client, "low"), await Submit(client, "high"));
        var during = await Steady(client, page, Down);
        await simulator.RemoveFaults();
        var mendedAt = TimeProvider.System.GetUtcNow().UtcDateTime;
        foreach (var token in low.Concat(high)) Assert.Equal("completed", (await client.End(token, TimeSpan.FromMinutes(3))).GetProperty("status").GetString());

        // A machine that is busy otherwise shifts single calls by as much as that.
        var noise = TestServers.Long ? TimeSpan.Zero : TimeSpan.FromMilliseconds(150);
        Assert.True(during <= 1.2 * before + noise, $"p99 was {before.TotalMilliseconds:0} ms before and {during.TotalMilliseconds:0} ms while the other service was down");
        var calls = (await simulator.Calls()).Where(c => c.Time > mendedAt && c.Path.StartsWith("/rest/api/3/issue", StringComparison.Ordinal)).OrderBy(c => c.Time).ToArray();
        AssertWithinRate(Array.ConvertAll(calls, c => c.Time));
        var order = calls.Select(c => c.Marker).OfType<string>().Distinct().ToArray();
        Assert.True(order.Take(Backlog / 2).Count(high.Contains) >= Backlog / 2 * 0.7, $"of the first {Backlog / 2} calls only {order.Take(Backlog / 2).Count(high.Contains)} were urgent");
        Assert.All(await simulator.Effects(), e => Assert.Single(e.Value));
    }

    static async Task<HashSet<string>> Submit(Client client, string priority) =>
        [.. await Task.WhenAll(Enumerable.Range(0, Backlog / 2).Select(i => client.Submit(new { operation = "jira.create_task", priority, max_retries = 20, payload = new { project_id = "MD", type = "task", title = $"{priority} {i}" } })))];

    /// <summary>Reads the page many times a second for a while, as clients do that wait for the result; returns the 99th percentile.</summary>
    static async Task<TimeSpan> Steady(Client client, string page, TimeSpan time)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / PerSecond));
        var running = new List<Task<TimeSpan>>();
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < time && await timer.WaitForNextTickAsync();) running.Add(Read());
        var all = await Task.WhenAll(running);
        return all.Order().ElementAt((int)(all.Length * 0.99) - 1);

        async Task<TimeSpan> Read()
        {
            var clock = Stopwatch.StartNew();
            var end = await client.End(await client.Submit(new { operation = "confluence.get_page", payload = new { page_id = page }, fresh = true }));
            Assert.Equal("completed", end.GetProperty("status").GetString());
            return clock.Elapsed;
        }
    }

    static void AssertWithinRate(DateTime[] calls)
    {
        Assert.NotEmpty(calls);
        for (var i = 0; i < calls.Length; i++)
            for (var j = i; j < calls.Length; j++)
                Assert.True(j - i + 1 <= Burst + PerMinute * ((calls[j] - calls[i]).TotalMinutes + 1 / 60.0) + 1, $"{j - i + 1} calls within {(calls[j] - calls[i]).TotalSeconds:0.00} s");
    }
}
