using System.Text.Json;
using Riq.TestKit.Processes;
using Riq.TestKit.Waiting;

namespace Riq.EndToEndTests;

/// <summary>A worker that stands still (SIGSTOP) for longer than its lease and then goes on as if nothing had happened.</summary>
public sealed class FrozenWorkerTests
{
    [Fact]
    public async Task A_worker_frozen_beyond_its_lease_changes_nothing_when_it_goes_on_and_its_writes_take_effect_once()
    {
        await using var riq = await RiqInstallation.Create();
        riq.With("Riq__Services__jira__Timeout", "00:00:03").With("Riq__Services__confluence__Timeout", "00:00:03").With("Riq__LeaseMargin", "00:00:02").With("Riq__Services__jira__QuietPeriod", "00:00:03")
            .With("Riq__SweepInterval", "00:00:00.200").With("Riq__LostAfter", "00:00:03").With("Riq__OutboxClaim", "00:00:03").With("Riq__Services__jira__Concurrency", "4");
        await riq.StartSimulator();
        var simulator = new Simulator(riq.Simulator.Http);
        var client = new Client((await riq.StartApi()).Http);
        var task = (await End(client, await Submit(riq, client, "Something to comment and to change"))).GetProperty("result").GetProperty("id").GetString()!;
        // Every write takes a second: the worker is frozen in the middle of them. It leads, too.
        await simulator.AddFault(new { route = "/rest/api/3/issue", method = "POST", action = "delay", seconds = 1 });
        await simulator.AddFault(new { route = "/rest/api/3/issue/{key}/comment", method = "POST", action = "delay", seconds = 1 });
        string[] tokens =
        [
            // Most of them in one call.
            .. await Task.WhenAll(Enumerable.Range(0, 20).Select(n => client.Submit(Client.CreateTask($"Task {n}")))),
            .. await Task.WhenAll(Enumerable.Range(0, 20).Select(n => client.Submit(new { operation = "jira.add_comment", payload = new { task_id = task, comment = $"Comment {n}" } }))),
        ];
        var frozen = _first!;
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from queue_requests where status = 'processing'") >= 2);
        await frozen.Freeze();
        await riq.StartWorker();

        var ends = await Task.WhenAll(tokens.Select(t => End(client, t)));
        var stored = await Everything(riq);
        await frozen.Thaw();
        // It has heard of its fate once it does new work again.
        await frozen.Http.GetAsync(new Uri("/health/ready", UriKind.Relative));
        await Eventually.True(async () => (await frozen.Http.GetAsync(new Uri("/health/ready", UriKind.Relative))).IsSuccessStatusCode);
        var more = await Task.WhenAll(Enumerable.Range(0, 10).Select(n => client.Submit(Client.CreateTask($"Afterwards {n}"))));
        foreach (var token in more) Assert.Equal("completed", (await End(client, token)).GetProperty("status").GetString());

        Assert.All(ends, e => Assert.Equal("completed", e.GetProperty("status").GetString()));
        Assert.True(await riq.Database.Scalar<long>("select count(*) from queue_requests where crashes > 0") > 0, "No attempt was under way when the worker was frozen.");
        Assert.Equal(stored, (await Everything(riq))[..stored.Length]);
        var effects = await simulator.Effects();
        Assert.All(tokens.Concat(more), t => Assert.Single(effects[t]));
    }

    RiqProcess? _first;

    async Task<string> Submit(RiqInstallation riq, Client client, string title)
    {
        _first = await riq.StartWorker();
        return await client.Submit(Client.CreateTask(title));
    }

    static Task<JsonElement> End(Client client, string token) => client.End(token, TimeSpan.FromMinutes(2));

    /// <summary>All requests as they are stored, in the order of their acceptance.</summary>
    static async Task<string[]> Everything(RiqInstallation riq) =>
        [.. await riq.Database.List("select concat_ws(' ', token, status, attempt, version, updated_at, worker, result) from queue_requests order by id", r => r.GetString(0))];
}
