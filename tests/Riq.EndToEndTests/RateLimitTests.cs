using Riq.TestKit.Processes;
using Riq.TestKit.Servers;

namespace Riq.EndToEndTests;

/// <summary>Whole processes against the simulator, whose ledger says when each call came.</summary>
public sealed class RateLimitTests
{
    static async Task<(Client Client, Simulator Simulator)> Start(RiqInstallation riq, int workers, int perMinute, int burst)
    {
        riq.With("Riq__Services__jira__Rate", $"{perMinute}").With("Riq__Services__jira__Burst", $"{burst}").With("Simulator__Limits__RetryAfterGrace", "00:00:01");
        riq.With("Riq__Services__jira__Batch__create_task", "1");   // one call for each, to have as many as tasks
        await riq.StartSimulator();
        var client = new Client((await riq.StartApi()).Http);
        for (var w = 0; w < workers; w++) await riq.StartWorker();
        return (client, new(riq.Simulator.Http));
    }

    [Fact]
    public async Task Three_worker_processes_together_stay_within_the_rate_count_every_call_and_are_never_idle()
    {
        var (perMinute, burst, tasks) = TestServers.Long ? (100, 20, 80) : (600, 10, 15);
        await using var riq = await RiqInstallation.Create();
        var (client, simulator) = await Start(riq, 3, perMinute, burst);
        var limit = TimeSpan.FromMinutes(8);
        var created = await Task.WhenAll((await Task.WhenAll(Enumerable.Range(0, tasks).Select(i => client.Submit(Client.CreateTask($"n{i}"))))).Select(t => client.End(t, limit)));
        // Three calls each: the present status, the possible transitions, the transition.
        var moved = await Task.WhenAll(created.Select(c => client.Submit(new { operation = "jira.transition_task", payload = new { task_id = c.GetProperty("result").GetProperty("id").GetString(), target_status = "In Progress" } })));
        foreach (var token in moved) Assert.Equal("completed", (await client.End(token, limit)).GetProperty("status").GetString());

        var calls = (await simulator.Calls()).Select(c => c.Time).Order().ToArray();
        Assert.Equal(4 * tasks, calls.Length);
        for (var i = 0; i < calls.Length; i++)
            for (var j = i; j < calls.Length; j++)
            {
                var permitted = burst + perMinute * ((calls[j] - calls[i]).TotalMinutes + 1 / 60.0) + 1;
                Assert.True(j - i + 1 <= permitted, $"{j - i + 1} calls within {(calls[j] - calls[i]).TotalSeconds:0.00} s; {permitted:0.0} are permitted");
            }
        // Between the creations and the moves there is nothing to do.
        Assert.InRange(calls.Skip(tasks).Zip(calls.Skip(tasks + 1), (a, b) => b - a).Max(), TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    [Theory]
    [InlineData(null), InlineData("jira-quota-tenant-based"), InlineData("jira-burst-based")]
    public async Task Nothing_of_its_scope_is_called_from_a_second_after_a_429_until_its_Retry_After_is_over(string? reason)
    {
        var seconds = TestServers.Long ? 20 : 4;
        await using var riq = await RiqInstallation.Create();
        var (client, simulator) = await Start(riq, 3, perMinute: 1200, burst: 20);
        await simulator.AddFault(new { route = "/rest/api/3/issue$", method = "POST", nth = 10, action = "429", reason, retryAfter = seconds });
        var creates = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => client.Submit(Client.CreateTask($"n{i}"))));
        foreach (var token in creates)
        {
            var end = await client.End(token);
            Assert.Equal(("completed", 0), (end.GetProperty("status").GetString(), end.GetProperty("retry_count").GetInt32()));
        }
        Assert.Contains(await simulator.Calls(), c => c.Status == 429);
        await simulator.AssertHolds("no_call_before_retry_after");
        Assert.All(await simulator.Effects(), e => Assert.Single(e.Value));
    }

    [Fact]
    public async Task An_issue_that_has_had_too_many_writes_waits_alone()
    {
        await using var riq = await RiqInstallation.Create();
        riq.With("Simulator__Limits__Enabled", "true").With("Simulator__Limits__IssueWritesIn2Seconds", "5").With("Simulator__Limits__IssueWritesIn30Seconds", "100");
        var (client, simulator) = await Start(riq, 2, perMinute: 0, burst: 20);
        var tasks = await Task.WhenAll(Enumerable.Range(0, 4).Select(async i => (await client.End(await client.Submit(Client.CreateTask($"n{i}")))).GetProperty("result").GetProperty("id").GetString()!));
        Task<string> Comment(string task) => client.Submit(new { operation = "jira.add_comment", payload = new { task_id = task, comment = "Hot." } });
        var hot = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Comment(tasks[0])));
        var others = await Task.WhenAll(tasks.Skip(1).SelectMany(t => new[] { Comment(t), Comment(t), Comment(t) }));
        var ended = await Task.WhenAll(others.Select(t => client.End(t)));
        Assert.All(ended, e => Assert.Equal(("completed", 0), (e.GetProperty("status").GetString(), e.GetProperty("deferrals").GetInt32())));
        var hotEnded = await Task.WhenAll(hot.Select(t => client.End(t)));
        Assert.All(hotEnded, e => Assert.Equal(("completed", 0), (e.GetProperty("status").GetString(), e.GetProperty("retry_count").GetInt32())));
        Assert.Contains(hotEnded, e => e.GetProperty("deferrals").GetInt32() > 0);
        await simulator.AssertHolds("no_call_before_retry_after");
    }
}
