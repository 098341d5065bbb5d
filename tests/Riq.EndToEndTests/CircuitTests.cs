using System.Net.Http.Json;
using Riq.TestKit.Processes;
using Riq.TestKit.Waiting;

namespace Riq.EndToEndTests;

/// <summary>A site that is down, as its own ledger saw the workers: left alone but for one trial at a time.</summary>
public sealed class CircuitTests
{
    const string Trial = "/rest/api/3/myself";
    const string Agreement = "riq_circuit_breaker_status{service=\"jira\"} 0";
    static readonly TimeSpan OpenFor = TimeSpan.FromSeconds(4);

    static async Task<(Client Client, Simulator Site, RiqProcess Api, RiqProcess[] Workers)> Start(RiqInstallation riq)
    {
        riq.With("Riq__Services__jira__Circuit__Failures", "5").With("Riq__Services__jira__Circuit__OpenFor", "00:00:04").With("Riq__Services__jira__RetryBaseDelay", "00:00:00.200");
        await riq.StartSimulator();
        var api = await riq.StartApi();
        return (new(api.Http), new(riq.Simulator.Http), api, await riq.StartWorkers(2));
    }

    static Task<string[]> Reads(Client client, int count) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(n => client.Submit(new { operation = "jira.get_task", payload = new { task_id = $"MD-{1 + n % 20}" }, max_retries = 20 })));

    static Task<string> Phase(RiqInstallation riq) => riq.Database.Scalar<string>("select coalesce((select circuit from service_state where service = 'jira'), 'none')");

    static async Task Post(RiqProcess api, string action, object body)
    {
        using var answer = await api.Http.PostAsJsonAsync(new Uri($"/api/queue/services/jira/{action}", UriKind.Relative), body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    static async Task AllComplete(Client client, IEnumerable<string> tokens)
    {
        foreach (var end in await Task.WhenAll(tokens.Select(t => client.End(t)))) Assert.Equal("completed", end.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Five_failures_open_it_for_both_workers_and_then_the_ledger_shows_nothing_but_single_trials_until_one_is_answered()
    {
        await using var riq = await RiqInstallation.Create();
        var (client, site, _, workers) = await Start(riq);
        await site.AddFault(new { route = "/rest", action = "503" });
        var tokens = await Reads(client, 60);
        await Eventually.True(async () => await Phase(riq) is "open" or "half_open");
        var openedAt = await riq.Database.Scalar<DateTime>("select opened_at from service_state where service = 'jira'");
        var retries = 0L;
        foreach (var worker in workers) await Eventually.True(async () => (await worker.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative))).Contains(Agreement, StringComparison.Ordinal));
        await Eventually.True(async () => (await Trials(site)).Length == 1);
        retries = await riq.Database.Scalar<long>("select sum(retry_count)::bigint from queue_requests");
        // Messages that nobody may run lie in RabbitMQ.
        await Eventually.True(async () => await riq.Broker.Messages("riq.jira.normal") > 0);
        await Eventually.True(async () => (await Trials(site)).Length == 2);
        await site.RemoveFaults();
        await Eventually.True(async () => await Phase(riq) == "closed");
        var closedAt = await riq.Database.Scalar<DateTime>("select updated_at from service_state where service = 'jira'");
        await AllComplete(client, tokens);

        var calls = await site.Calls();
        Assert.True(calls.Count(c => c.Status == 503 && c.Path != Trial) >= 5);
        var whileOpen = calls.Where(c => c.Time > openedAt.AddSeconds(1) && c.Time < closedAt).ToArray();
        Assert.All(whileOpen, c => Assert.Equal(Trial, c.Path));
        Assert.All(whileOpen.Zip(whileOpen.Skip(1)), pair => Assert.True(pair.Second.Time - pair.First.Time >= OpenFor, $"Trials at {pair.First.Time:O} and {pair.Second.Time:O}."));
        Assert.True(whileOpen[0].Time >= openedAt + OpenFor);
        Assert.Equal(retries, await riq.Database.Scalar<long>("select sum(retry_count)::bigint from queue_requests"));
    }

    static async Task<Simulator.Row[]> Trials(Simulator site) => [.. (await site.Calls()).Where(c => c.Path == Trial)];

    [Fact]
    public async Task A_worker_killed_in_the_middle_of_its_trial_leaves_it_to_the_other()
    {
        await using var riq = await RiqInstallation.Create();
        var (client, site, _, workers) = await Start(riq);
        await site.AddFault(new[] { new { route = Trial, action = "delay", seconds = 3600 }, new { route = "/rest", action = "503", seconds = 1 } });
        var tokens = await Reads(client, 20);
        await Eventually.True(async () => await Phase(riq) == "half_open");
        var owner = await riq.Database.Scalar<string>("select trial_owner from service_state where service = 'jira'");
        await workers.Single(w => w.Name == owner).Kill();
        await site.RemoveFaults();

        await Eventually.True(async () => await Phase(riq) == "closed", TimeSpan.FromSeconds(60));
        await AllComplete(client, tokens);
    }

    [Fact]
    public async Task A_circuit_kept_open_and_a_pause_outlive_every_process()
    {
        await using var riq = await RiqInstallation.Create();
        var (client, site, api, workers) = await Start(riq);
        await Post(api, "circuit", new { state = "open" });
        await Post(api, "pause", new { reason = "moving house" });
        foreach (var process in workers.Prepend(api)) await process.Kill();
        foreach (var process in workers.Prepend(api)) await process.Restart();

        var tokens = await Reads(client, 10);
        foreach (var worker in workers) await Eventually.True(async () => (await worker.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative))).Contains(Agreement, StringComparison.Ordinal));
        Assert.Equal("paused", (await client.Result(tokens[0])).GetProperty("waiting_for").GetString());
        await Post(api, "resume", new { });
        var blocked = (await client.Result(tokens[0])).GetProperty("blocked_by");
        Assert.Equal("circuit", blocked.GetProperty("reason").GetString());
        Assert.Contains("local keeps the circuit of jira open", blocked.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(await site.Calls());
        await Post(api, "circuit", new { state = "closed" });
        await AllComplete(client, tokens);
        Assert.Empty(await Trials(site));
    }
}
