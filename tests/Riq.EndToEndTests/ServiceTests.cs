using System.Text.Json;
using Riq.TestKit.Processes;

namespace Riq.EndToEndTests;

/// <summary>The service misbehaves; the whole way is real.</summary>
public sealed class ServiceTests
{
    static async Task<(Client Client, Simulator Simulator)> Start(RiqInstallation riq)
    {
        riq.With("Riq__Services__jira__Timeout", "00:00:02").With("Riq__Services__jira__QuietPeriod", "00:00:03").With("Riq__Services__confluence__Timeout", "00:00:02")
            .With("Simulator__IndexLagScale", "0.03").With("Simulator__LatencyScale", "0.1");
        await riq.StartSimulator();
        var client = new Client((await riq.StartApi()).Http);
        await riq.StartWorker();
        return (client, new(riq.Simulator.Http));
    }

    [Theory]
    [InlineData("commit-then-hang")]
    [InlineData("commit-then-reset")]
    [InlineData("commit-then-5xx")]
    public async Task A_create_that_took_effect_without_an_answer_is_found_and_completed_and_not_repeated(string action)
    {
        await using var riq = await RiqInstallation.Create();
        var (client, simulator) = await Start(riq);
        await simulator.AddFault(new { route = "/rest/api/3/issue", method = "POST", times = 1, action });

        var token = await client.Submit(Client.CreateTask("Only once"));
        var end = await client.End(token);

        Assert.Equal("completed", end.GetProperty("status").GetString());
        Assert.Equal((1, 0), (end.GetProperty("attempts").GetInt32(), end.GetProperty("retry_count").GetInt32()));
        var key = end.GetProperty("result").GetProperty("id").GetString()!;
        Assert.StartsWith("MD-", key, StringComparison.Ordinal);
        Assert.Single((await simulator.Effects())[token]);
    }

    [Fact]
    public async Task A_create_that_failed_unclearly_and_did_not_happen_is_repeated_after_the_quiet_period()
    {
        await using var riq = await RiqInstallation.Create();
        var (client, simulator) = await Start(riq);
        await simulator.AddFault(new { route = "/rest/api/3/issue", method = "POST", times = 1, action = "5xx", code = 502 });

        var token = await client.Submit(Client.CreateTask("Once in the end"));
        var end = await client.End(token);

        Assert.Equal(("completed", 1), (end.GetProperty("status").GetString(), end.GetProperty("retry_count").GetInt32()));
        Assert.True(end.GetProperty("duration_ms").GetInt64() >= 5000);   // timeout and quiet period
        Assert.Single((await simulator.Effects())[token]);
    }

    [Theory]
    [InlineData("commit-then-hang")]
    [InlineData("commit-then-reset")]
    [InlineData("5xx")]
    public async Task A_page_is_created_once_whatever_becomes_of_the_answer(string action)
    {
        await using var riq = await RiqInstallation.Create();
        var (client, simulator) = await Start(riq);
        await simulator.AddFault(new { route = "/wiki/api/v2/pages", method = "POST", times = 1, action });

        var end = await client.End(await client.Submit(new { operation = "confluence.create_page", payload = new { space_id = "MD", title = "Plan", content = "Some *text*.", labels = new[] { "plan" } } }));

        Assert.Equal("completed", end.GetProperty("status").GetString());
        Assert.Equal("Plan", end.GetProperty("result").GetProperty("title").GetString());
        Assert.Equal("plan", end.GetProperty("result").GetProperty("labels")[0].GetString());
        var created = (await simulator.Ledger()).GetProperty("rows").EnumerateArray()
            .Count(r => r.GetProperty("method").GetString() == "POST" && r.GetProperty("path").GetString()!.EndsWith("/wiki/api/v2/pages", StringComparison.Ordinal) && r.GetProperty("committed").GetBoolean());
        Assert.Equal(1, created);
    }

    [Theory]
    [InlineData("commit-then-reset")]
    [InlineData("5xx")]
    public async Task A_comment_is_added_once_whatever_becomes_of_the_answer(string action)
    {
        await using var riq = await RiqInstallation.Create();
        var (client, simulator) = await Start(riq);
        var task = (await client.End(await client.Submit(Client.CreateTask("To be commented")))).GetProperty("result").GetProperty("id").GetString()!;
        await simulator.AddFault(new { route = "/rest/api/3/issue/{key}/comment", method = "POST", times = 1, action });

        var token = await client.Submit(new { operation = "jira.add_comment", payload = new { task_id = task, comment = "Only once" } });
        var end = await client.End(token);

        Assert.Equal("completed", end.GetProperty("status").GetString());
        Assert.Equal((await simulator.Effects())[token].Single(), end.GetProperty("result").GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_429_is_waited_out_and_uses_up_no_retry()
    {
        await using var riq = await RiqInstallation.Create();
        await riq.StartSimulator();
        var client = new Client((await riq.StartApi()).Http);
        await riq.StartWorker();
        await new Simulator(riq.Simulator.Http).AddFault(new { route = "/rest/api/3/issue", method = "POST", times = 1, action = "429", retryAfter = 2 });

        var end = await client.End(await client.Submit(Client.CreateTask("Later")));

        Assert.Equal("completed", end.GetProperty("status").GetString());
        Assert.Equal((0, 1, 2), (end.GetProperty("retry_count").GetInt32(), end.GetProperty("deferrals").GetInt32(), end.GetProperty("attempts").GetInt32()));
        Assert.True(end.GetProperty("duration_ms").GetInt64() >= 2000);
    }

    [Theory]
    [InlineData("1"), InlineData("50")]
    public async Task High_goes_before_normal_before_low_when_a_hundred_of_each_wait_for_one_slot(string together)
    {
        await using var riq = await RiqInstallation.Create();
        riq.With("Riq__Services__jira__Concurrency", "1").With("Simulator__LatencyScale", "0.1").With("Riq__Services__jira__Batch__create_task", together);
        await riq.StartSimulator();
        var client = new Client((await riq.StartApi()).Http);
        var priorities = Enumerable.Range(0, 300).Select(n => new[] { "low", "normal", "high" }[n % 3]).ToArray();
        var tokens = await Task.WhenAll(priorities.Select((priority, n) => client.Submit(new { operation = "jira.create_task", priority, payload = new { project_id = "MD", type = "task", title = $"Task {n}" } })));

        await riq.StartWorker();
        var ends = await Task.WhenAll(tokens.Select(t => client.End(t)));

        // What is taken along in one call begins at one time. Who takes it along was in the gate before: with more in a call, messages of
        // those that are done already pass quickly, and for a moment no urgent one may be at hand.
        var order = ends.Zip(priorities).GroupBy(e => e.First.GetProperty("started_at").GetString()).Where(g => together == "1" || g.Count() > 1).OrderBy(g => g.Key)
            .SelectMany(g => g.Select(e => e.Second).OrderBy(Rank)).ToList();
        // The first deliveries race for the empty gate while the three queues are being connected; from then on the order is strict.
        var inversions = order.Skip(6).Zip(order.Skip(7)).Count(pair => Rank(pair.First) > Rank(pair.Second));
        Assert.Equal(0, inversions);
        Assert.All(ends, e => Assert.Equal("completed", e.GetProperty("status").GetString()));
    }

    static int Rank(string priority) => Array.IndexOf(["high", "normal", "low"], priority);

    [Fact]
    public async Task The_same_key_from_fifty_parallel_posts_to_two_api_processes_is_one_request()
    {
        await using var riq = await RiqInstallation.Create();
        await riq.StartSimulator();
        Client[] apis = [new((await riq.StartApi()).Http), new((await riq.StartApi()).Http)];
        await riq.StartWorker();

        var tokens = await Task.WhenAll(Enumerable.Range(0, 50).Select(n => apis[n % 2].Submit(Client.CreateTask("One"), "same-key")));

        var token = Assert.Single(tokens.Distinct());
        Assert.Equal(1, await riq.Database.Scalar<long>("select count(*) from queue_requests"));
        await apis[1].End(token);
        Assert.Single((await new Simulator(riq.Simulator.Http).Effects())[token]);
    }
}
