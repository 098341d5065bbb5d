using System.Net.Http.Json;
using System.Text.Json;
using Riq.TestKit.Processes;

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
}
