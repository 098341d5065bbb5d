using System.Diagnostics;
using System.Text.Json;
using Riq.TestKit.Processes;
using Riq.TestKit.Servers;
using Riq.TestKit.Waiting;

namespace Riq.EndToEndTests;

/// <summary>The database is lost and an older backup of it restored: what was carried out in between is not carried out again.</summary>
public sealed class BackupTests
{
    const int Each = 12;

    [Fact]
    public async Task After_an_older_backup_was_restored_and_recovered_nothing_takes_effect_twice()
    {
        await using var postgres = await LocalServer.Postgres();
        await using var riq = await RiqInstallation.Create();
        var connection = $"Host=127.0.0.1;Port={postgres.Port};Username=postgres;Database=postgres";
        await Engine.Storage.Database.Migrate(connection, CancellationToken.None);
        riq.With("Riq__Postgres", connection).With("Riq__Services__jira__Timeout", "00:00:03").With("Riq__Services__confluence__Timeout", "00:00:03").With("Riq__Services__jira__QuietPeriod", "00:00:03")
            .With("Riq__LeaseMargin", "00:00:02").With("Riq__SweepInterval", "00:00:00.200").With("Riq__Services__jira__Concurrency", "4")
            .With("Riq__Services__jira__Batch__create_task", "1");   // one by one: together they would all be done at once
        await riq.StartSimulator();
        var simulator = new Simulator(riq.Simulator.Http);
        var api = await riq.StartApi();
        var worker = await riq.StartWorker();
        var client = new Client(api.Http);
        var tasks = await Task.WhenAll(Enumerable.Range(0, Each).Select(async n => (await client.End(await client.Submit(Client.CreateTask($"Before all {n}")))).GetProperty("result").GetProperty("id").GetString()!));

        // The backup sees some done, some running, some waiting.
        foreach (var route in new[] { "/rest/api/3/issue", "/rest/api/3/issue/{key}/comment" }) await simulator.AddFault(new { route, method = "POST", action = "delay", seconds = 1 });
        var tokens = await Task.WhenAll(Enumerable.Range(0, Each).SelectMany(n => new[] { client.Submit(Client.CreateTask($"Task {n}")), client.Submit(Comment(tasks[0], $"Comment {n}")), client.Submit(Change(tasks[n])) }));
        await Eventually.True(async () => await Count(client, tokens, "completed") > 1 && await Count(client, tokens, "processing") > 1);
        var backup = Path.Combine(Directory.CreateTempSubdirectory("riq-backup-").FullName, "backup.sql");
        await Tool("pg_dump", postgres, "--file", backup);

        foreach (var token in tokens) await client.End(token);
        var later = await client.Submit(Client.CreateTask("After the backup"));
        await client.End(later);
        var before = await simulator.Effects();
        var (refused, why) = await riq.Run("recover");
        Assert.True(refused != 0 && why.Contains("still runs", StringComparison.Ordinal), why);
        await worker.Kill();
        await api.Kill();

        await Tool("psql", postgres, "-c", "drop schema public cascade", "-c", "create schema public", "-f", backup);
        for (var run = 0; run < 2; run++)
        {
            var (code, report) = await riq.Run("recover");
            Assert.True(code == 0 && report.Contains("unfinished writes are looked for", StringComparison.Ordinal), report);
        }
        await api.Restart();
        await worker.Restart();

        foreach (var token in tokens) Assert.Equal("completed", (await client.End(token)).GetProperty("status").GetString());
        var effects = await simulator.Effects();
        Assert.Equal(before.Count, effects.Count);
        Assert.All(effects, e => Assert.Single(e.Value));
        Assert.Equal(before.Values.SelectMany(v => v).Order(), effects.Values.SelectMany(v => v).Order());
        Assert.Equal(Each, await Changes(simulator));
        // And the product goes on as usual.
        Assert.Equal("completed", (await client.End(await client.Submit(Client.CreateTask("Afterwards")))).GetProperty("status").GetString());
    }

    static object Comment(string task, string comment) => new { operation = "jira.add_comment", payload = new { task_id = task, comment } };

    static object Change(string task) => new { operation = "jira.update_task", payload = new { task_id = task, title = "Changed" } };

    static async Task<int> Count(Client client, string[] tokens, string status) =>
        (await Task.WhenAll(tokens.Select(t => client.Result(t)))).Count(r => r.GetProperty("status").GetString() == status);

    // Changes have no object of their own; the ledger has the calls.
    static async Task<int> Changes(Simulator simulator) =>
        (await simulator.Ledger()).GetProperty("rows").EnumerateArray().Count(r => r.GetProperty("method").GetString() == "PUT" && r.GetProperty("committed").GetBoolean());

    static async Task Tool(string name, LocalServer postgres, params string[] arguments)
    {
        var start = new ProcessStartInfo(name, ["--host=127.0.0.1", $"--port={postgres.Port}", "--username=postgres", .. arguments, "postgres"]) { RedirectStandardError = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
    }
}
