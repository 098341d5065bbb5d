using System.Diagnostics;
using Riq.TestKit.Processes;
using Riq.TestKit.Servers;
using Riq.TestKit.Waiting;

namespace Riq.EndToEndTests;

/// <summary>One service is down; the other must not feel it, and the first is not overrun when it is back.</summary>
public sealed class OtherServiceTests
{
    static readonly TimeSpan Before = TestServers.Long ? TimeSpan.FromMinutes(2) : TimeSpan.FromSeconds(6);
    static readonly TimeSpan Down = TestServers.Long ? TimeSpan.FromMinutes(5) : TimeSpan.FromSeconds(8);
    const int PerSecond = 20, OfEach = 30, PerMinute = 600, Burst = 10;

    // Whatever else runs on the machine falls into one phase or the other by chance; a service that feels the other feels it every time.
    const int Rounds = 3;

    // Below that, single calls are noise.
    static readonly TimeSpan Noise = TimeSpan.FromMilliseconds(TestServers.Long ? 20 : 100);

    // Between a token and the arrival of its call.
    static readonly TimeSpan OnTheWay = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task While_Jira_is_down_Confluence_is_as_fast_as_before_and_the_backlog_drains_within_Jira_s_rate_the_urgent_first()
    {
        await using var riq = await RiqInstallation.Create();
        riq.With("Simulator__LatencyScale", "0.2").With("Riq__Services__jira__Rate", $"{PerMinute}").With("Riq__Services__jira__Burst", $"{Burst}")
            .With("Riq__Services__jira__Circuit__Failures", "5").With("Riq__Services__jira__Circuit__OpenFor", "00:00:03").With("Riq__Services__confluence__Concurrency", "10")
            // One by one: the order is seen from each call's marker.
            .With("Riq__Services__jira__Batch__create_task", "1").With("Riq__Services__jira__Batch__get_task", "1");
        await riq.StartSimulator();
        var (client, simulator) = (new Client((await riq.StartApi()).Http), new Simulator(riq.Simulator.Http));
        await riq.StartWorkers(2);
        var page = (await client.End(await client.Submit(new { operation = "confluence.create_page", payload = new { space_id = "MD", title = "Steady", content = "Here." } }))).GetProperty("result").GetProperty("id").GetString()!;
        await Steady(client, page, TimeSpan.FromSeconds(3));   // warm

        for (var round = 1; ; round++)
        {
            var before = await Steady(client, page, Before);
            var tokens = await GoDown(riq, client, simulator);
            var during = await Steady(client, page, Down);
            await Drain(riq, client, simulator, tokens);
            if (during <= 1.2 * before + Noise) break;
            Assert.True(round < Rounds, $"In each of {Rounds} rounds Confluence was slower while Jira was down; in the last one its p99 was {before.TotalMilliseconds:0} ms before and {during.TotalMilliseconds:0} ms then.");
        }
        Assert.All(await simulator.Effects(), e => Assert.Single(e.Value));
    }

    /// <summary>Jira answers with 503 until its circuit is open; then a backlog comes, urgent and not.</summary>
    static async Task<(string[] Failing, HashSet<string> High, HashSet<string> Low)> GoDown(RiqInstallation riq, Client client, Simulator simulator)
    {
        await simulator.AddFault(new { route = "/rest/api/3", action = "5xx", code = 503 });
        var failing = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => client.Submit(new { operation = "jira.get_task", fresh = true, max_retries = 20, payload = new { task_id = $"MD-{i + 1}" } })));
        await Eventually.True(async () => await riq.Database.Scalar<string>("select circuit from service_state where service = 'jira'") != "closed", TimeSpan.FromMinutes(1));
        return (failing, await Submit(client, "high"), await Submit(client, "low"));
    }

    static async Task<HashSet<string>> Submit(Client client, string priority) =>
        [.. await Task.WhenAll(Enumerable.Range(0, OfEach).Select(i => client.Submit(new { operation = "jira.create_task", priority, max_retries = 20, payload = new { project_id = "MD", type = "task", title = $"{priority} {i}" } })))];

    static async Task Drain(RiqInstallation riq, Client client, Simulator simulator, (string[] Failing, HashSet<string> High, HashSet<string> Low) tokens)
    {
        // All of it lies in RabbitMQ, so that nothing but its priority decides what comes first.
        await Eventually.True(async () => await riq.Broker.Messages("riq.jira.high") == OfEach && await riq.Broker.Messages("riq.jira.low") == OfEach, TimeSpan.FromMinutes(2));
        var mendedAt = await riq.Database.Scalar<DateTime>("select now()");
        await simulator.RemoveFaults();
        foreach (var token in tokens.High.Concat(tokens.Low).Concat(tokens.Failing)) Assert.Equal("completed", (await client.End(token, TimeSpan.FromMinutes(3))).GetProperty("status").GetString());

        var calls = (await simulator.Calls()).Where(c => c.Time > mendedAt && c.Path.StartsWith("/rest/api/3/issue", StringComparison.Ordinal)).OrderBy(c => c.Time).ToArray();
        AssertWithinRate(Array.ConvertAll(calls, c => c.Time));
        var order = calls.Select(c => c.Marker).OfType<string>().Distinct().ToList();
        var (high, low) = (tokens.High.Average(order.IndexOf), tokens.Low.Average(order.IndexOf));
        Assert.True(high < low, $"The urgent ones came at place {high:0.0} on average, the others at {low:0.0}.");
    }

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
                Assert.True(j - i + 1 <= Burst + PerMinute * (calls[j] - calls[i] + OnTheWay).TotalMinutes, $"{j - i + 1} calls within {(calls[j] - calls[i]).TotalSeconds:0.00} s");
    }
}
