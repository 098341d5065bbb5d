using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Riq.TestKit.Processes;
using Riq.TestKit.Servers;
using Riq.TestKit.Waiting;
using Xunit.Abstractions;

namespace Riq.EndToEndTests;

/// <summary>
/// Writes whose answers get lost in every way, while workers are killed one after the other: the service's own ledger says
/// what took effect.
/// </summary>
public sealed class LostAnswerTests(ITestOutputHelper output)
{
    const int Workers = 3;
    const int Connections = 16;
    static readonly int Each = TestServers.Long ? 1000 : 150;
    static readonly TimeSpan KillEvery = TimeSpan.FromSeconds(TestServers.Long ? 5 : 2);
    static readonly TimeSpan Limit = TestServers.Long ? TimeSpan.FromMinutes(40) : TimeSpan.FromMinutes(4);
    static readonly string[] Routes = ["/rest/api/3/issue", "/rest/api/3/issue/{key}/comment"];

    [Fact]
    public async Task Creates_and_comments_take_effect_once_although_answers_get_lost_and_workers_are_killed_all_the_time()
    {
        await using var riq = await RiqInstallation.Create();
        // The real times: 30 s for a write, an index that lags up to 2 min, 2 min of quiet.
        if (TestServers.Long) riq.With("Simulator__LatencyScale", "1").With("Simulator__IndexLagScale", "1");
        else
            riq.With("Simulator__LatencyScale", "0.8").With("Riq__Services__jira__Concurrency", "2").With("Riq__Services__jira__Timeout", "00:00:02").With("Riq__Services__confluence__Timeout", "00:00:02").With("Riq__LeaseMargin", "00:00:02").With("Riq__Services__jira__QuietPeriod", "00:00:07").With("Simulator__IndexLagScale", "0.06")
                .With("Riq__SweepInterval", "00:00:00.200").With("Riq__LostAfter", "00:00:03").With("Riq__OutboxClaim", "00:00:03");
        await riq.StartSimulator();
        var simulator = new Simulator(riq.Simulator.Http);
        var client = new Client((await riq.StartApi()).Http);
        var workers = await riq.StartWorkers(Workers);
        var tasks = await SomeTasks(client);
        foreach (var route in Routes) await LoseAnswers(simulator, route);

        using var over = new CancellationTokenSource();
        var watch = Stopwatch.StartNew();
        var killing = KillAgainAndAgain(workers, over.Token);
        var tokens = await SubmitAll(client, tasks);
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from queue_requests where status in ('completed', 'failed', 'dead')") >= tokens.Count * 3 / 4, Limit);
        await over.CancelAsync();
        var kills = await killing;
        var ends = (await Task.WhenAll(tokens.Select(t => client.End(t, Limit)))).ToDictionary(e => e.GetProperty("token").GetString()!);

        var effects = await simulator.Effects();
        output.WriteLine($"{tokens.Count} writes, {kills} kills, {watch.Elapsed.TotalSeconds:0} s: {string.Join(", ", ends.Values.CountBy(e => e.GetProperty("status").GetString()!))}");
        output.WriteLine(await Figures(riq));
        Assert.True(kills >= 3, $"{kills} kills are no test.");
        Assert.DoesNotContain(effects, e => e.Value.Length > 1);
        Assert.All(ends.Values, e => Assert.True(IsCompletedOnce(e, effects) || IsListedAsUnknown(e), $"{e} {string.Join(' ', effects.GetValueOrDefault(e.GetProperty("token").GetString()!, []))}"));
        Assert.True(ends.Values.Count(IsListedAsUnknown) <= tokens.Count / 100, "Unknown outcomes are to be the exception.");
        await AreListed(client, ends.Where(e => IsListedAsUnknown(e.Value)).Select(e => e.Key));
    }

    static bool IsCompletedOnce(JsonElement end, Dictionary<string, string[]> effects) =>
        end.GetProperty("status").GetString() == "completed" && effects.GetValueOrDefault(end.GetProperty("token").GetString()!, []).Length == 1;

    static bool IsListedAsUnknown(JsonElement end) =>
        end.GetProperty("status").GetString() == "dead" && end.GetProperty("error").TryGetProperty("details", out var d) && d.TryGetProperty("outcome", out var o) && o.GetString() == "unknown";

    static async Task AreListed(Client client, IEnumerable<string> unknown)
    {
        var listed = (await client.DeadLetters()).Select(d => d.GetProperty("token").GetString()!).ToHashSet();
        Assert.All(unknown, t => Assert.Contains(t, listed));
    }

    static async Task<string[]> SomeTasks(Client client) =>
        await Task.WhenAll(Enumerable.Range(0, 10).Select(async n => (await client.End(await client.Submit(Client.CreateTask($"To be commented {n}")))).GetProperty("result").GetProperty("id").GetString()!));

    static async Task LoseAnswers(Simulator simulator, string route)
    {
        await simulator.AddFault(new { route, method = "POST", probability = 0.05, action = "commit-then-hang" });
        await simulator.AddFault(new { route, method = "POST", probability = 0.05, action = "commit-then-reset" });
        await simulator.AddFault(new { route, method = "POST", probability = 0.02, action = "commit-then-5xx", code = 500 });
    }

    static async Task<IReadOnlyCollection<string>> SubmitAll(Client client, string[] tasks)
    {
        var tokens = new ConcurrentBag<string>();
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
        {
            for (int n; (n = Interlocked.Increment(ref next)) < 2 * Each;)
                tokens.Add(await client.Submit(n % 2 == 0 ? Client.CreateTask($"Task {n}") : new { operation = "jira.add_comment", payload = new { task_id = tasks[n % tasks.Length], comment = $"Comment {n}" } }, $"lost-{n}"));
        }));
        Assert.Equal(2 * Each, tokens.Distinct().Count());
        return tokens;
    }

    static async Task<int> KillAgainAndAgain(RiqProcess[] workers, CancellationToken over)
    {
        var kills = 0;
        using var timer = new PeriodicTimer(KillEvery, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(over))
            {
                var worker = workers[kills++ % workers.Length];
                await worker.Kill();
                await worker.Restart();
            }
        }
        catch (OperationCanceledException) { return kills; }
        return kills;
    }

    static async Task<string> Figures(RiqInstallation riq) => string.Join(", ", await riq.Database.List("""
        select event || ': ' || count(*) from (select event from request_attempts union all select event from request_events where event in ('found', 'not_found', 'not_found_yet', 'check_failed', 'outcome_unknown')) e group by event order by event
        """, r => r.GetString(0)));
}
