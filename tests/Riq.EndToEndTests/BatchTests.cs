using System.Net.Http.Json;
using System.Text.Json;
using Riq.TestKit.Processes;
using Riq.TestKit.Waiting;

namespace Riq.EndToEndTests;

/// <summary>Few calls for many requests, as the simulator counts them.</summary>
public sealed class BatchTests
{
    static async Task<string[]> SubmitAll(HttpClient api, IEnumerable<object> items)
    {
        using var answer = await api.PostAsJsonAsync(new Uri("/api/queue/submit/batch", UriKind.Relative), new { items });
        return [.. (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("items").EnumerateArray().Select(i => i.GetProperty("token").GetString()!)];
    }

    static async Task<int> Calls(Simulator simulator, string end) =>
        (await simulator.Ledger()).GetProperty("rows").EnumerateArray().Count(r => r.GetProperty("path").GetString()!.Contains(end, StringComparison.Ordinal));

    [Fact]
    public async Task Five_hundred_creates_are_at_most_twelve_calls_five_hundred_reads_at_most_six_and_a_bad_one_fails_alone()
    {
        await using var riq = await RiqInstallation.Create();
        riq.With("Riq__Services__jira__Rate", "100").With("Riq__Services__jira__Burst", "20");
        await riq.StartSimulator();
        var api = await riq.StartApi();
        await riq.StartWorker();
        var (client, simulator) = (new Client(api.Http), new Simulator(riq.Simulator.Http));

        var tokens = await SubmitAll(api.Http, Enumerable.Range(0, 500).Select(n => new { operation = "jira.create_task", payload = new { project_id = "MD", title = $"Task {n}", priority = n == 123 ? "None of them" : "High" } }));
        var ends = await Task.WhenAll(tokens.Select(t => client.End(t)));

        Assert.Equal(tokens[123], Assert.Single(ends, e => e.GetProperty("status").GetString() != "completed").GetProperty("token").GetString());
        var effects = await simulator.Effects();
        Assert.All(tokens.Where((_, n) => n != 123), t => Assert.Single(effects[t]));
        Assert.InRange(await Calls(simulator, "/rest/api/3/issue"), 10, 12);

        var keys = ends.Where((_, n) => n != 123).Select(e => e.GetProperty("result").GetProperty("id").GetString()!).Append("MD-999999");
        var reads = await SubmitAll(api.Http, keys.Select(k => new { operation = "jira.get_task", payload = new { task_id = k } }));
        var read = await Task.WhenAll(reads.Select(t => client.End(t)));

        Assert.Equal("NOT_FOUND", Assert.Single(read, e => e.GetProperty("status").GetString() != "completed").GetProperty("error").GetProperty("code").GetString());
        Assert.InRange(await Calls(simulator, "/bulkfetch") + await Calls(simulator, "/rest/api/3/issue/MD-"), 5, 6);
    }

    [Fact]
    public async Task Whatever_becomes_of_a_call_for_many_and_of_its_worker_each_creation_takes_effect_once()
    {
        const string Bulk = "/rest/api/3/issue/bulk";
        await using var riq = await RiqInstallation.Create();
        riq.With("Riq__Services__jira__Timeout", "00:00:06").With("Riq__Services__confluence__Timeout", "00:00:06").With("Riq__LeaseMargin", "00:00:02").With("Riq__Services__jira__QuietPeriod", "00:00:03")
            .With("Riq__SweepInterval", "00:00:00.200").With("Riq__LostAfter", "00:00:03").With("Riq__OutboxClaim", "00:00:03").With("Riq__Services__jira__Concurrency", "1");
        await riq.StartSimulator();
        var (client, simulator) = (new Client((await riq.StartApi()).Http), new Simulator(riq.Simulator.Http));
        await simulator.AddFault(new { route = Bulk, times = 1, action = "commit-then-hang" });
        await simulator.AddFault(new { route = Bulk, times = 1, action = "commit-then-5xx", code = 502 });
        await simulator.AddFault(new { route = Bulk, times = 1, action = "commit-then-reset" });
        await simulator.AddFault(new { route = Bulk, times = 1, action = "5xx", code = 503 });
        await simulator.AddFault(new { route = Bulk, times = 1, action = "delay", seconds = 30 });
        var tokens = await SubmitAll(client.Http, Enumerable.Range(0, 330).Select(n => new { operation = "jira.create_task", payload = new { project_id = n % 50 == 20 ? "NOPE" : "MD", title = $"Task {n}" } }));

        var worker = await riq.StartWorker();
        // Four have ended, and the fifth is under way.
        await Eventually.True(async () => (await simulator.FaultHits())[^1] == 1, Patience);
        await worker.Kill();
        await worker.Restart();

        var ends = await Task.WhenAll(tokens.Select(t => client.End(t, Patience)));
        for (var n = 0; n < ends.Length; n++) Assert.Equal(n % 50 == 20 ? "failed" : "completed", ends[n].GetProperty("status").GetString());
        var effects = await simulator.Effects();
        Assert.All(tokens.Where((_, n) => n % 50 != 20), t => Assert.Single(effects[t]));
        Assert.All(tokens.Where((_, n) => n % 50 == 20), t => Assert.DoesNotContain(t, effects.Keys));
        Assert.True(await riq.Database.Scalar<long>("select count(*) from queue_requests where crashes > 0") > 0, "No call was under way when a worker was killed.");
    }

    static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
}
