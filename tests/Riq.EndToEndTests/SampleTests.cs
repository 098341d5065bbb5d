using System.Collections.Concurrent;
using System.Diagnostics;
using Riq.TestKit.Processes;
using Riq.TestKit.Waiting;

namespace Riq.EndToEndTests;

/// <summary>The sample application, as somebody would run it: with direct adapters, with queued ones, and with RIQ's API killed meanwhile.</summary>
public sealed class SampleTests
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    sealed class Planner(Process process)
    {
        readonly ConcurrentQueue<string> _lines = new();

        public string Output => string.Join('\n', _lines);

        public static Planner Start(params string[] arguments)
        {
            var process = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "ReleasePlanner"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var planner = new Planner(process);
            process.OutputDataReceived += planner.Keep;
            process.ErrorDataReceived += planner.Keep;
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            return planner;
        }

        public async Task HasSaid(string word)
        {
            await Eventually.True(() => process.HasExited || Output.Contains(word, StringComparison.Ordinal), Limit);
            Assert.Contains(word, Output, StringComparison.Ordinal);
        }

        public async Task<int> End()
        {
            using var _ = process;
            try { await process.WaitForExitAsync().WaitAsync(Limit); }
            finally { if (!process.HasExited) process.Kill(); }
            process.WaitForExit();   // until all of its output is here
            return process.ExitCode;
        }

        void Keep(object sender, DataReceivedEventArgs line) { if (line.Data is { } text) _lines.Enqueue(text); }
    }

    static Planner Direct(RiqInstallation riq) => Planner.Start("--Adapters=direct", "--Release=1.0", $"--Riq:Services:jira:BaseUrl={riq.Simulator.Address}", $"--Riq:Services:confluence:BaseUrl={riq.Simulator.Address}",
        "--Riq:Services:jira:Auth:Type=basic", "--Riq:Services:jira:Auth:User=riq@example.test", "--Riq:Services:jira:Auth:Secret=test",
        "--Riq:Services:confluence:Auth:Type=basic", "--Riq:Services:confluence:Auth:User=riq@example.test", "--Riq:Services:confluence:Auth:Secret=test");

    static Planner Queued(RiqProcess api) => Planner.Start("--Adapters=queued", "--Release=1.0", $"--Riq:Client:Url={api.Address}");

    // What it says, but for keys and ids.
    static void Planned(Planner planner, int exitCode)
    {
        Assert.True(exitCode == 0, planner.Output);
        string[] said = [.. planner.Output.Split('\n').Select(l => l.Split(':')[0])];
        Assert.Equal(["epic", "task", "task", "task", "task", "labelled", "comment", "started", "status", "page", "version", "done"], said);
        Assert.Contains("status: In Progress", planner.Output, StringComparison.Ordinal);
        Assert.Contains("version: 2", planner.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_runs_with_direct_adapters()
    {
        await using var riq = await RiqInstallation.Create();
        await riq.StartSimulator();
        var planner = Direct(riq);
        Planned(planner, await planner.End());
    }

    [Fact]
    public async Task It_runs_with_queued_adapters()
    {
        await using var riq = await RiqInstallation.Create();
        await riq.StartSimulator();
        var api = await riq.StartApi();
        await riq.StartWorker();
        var planner = Queued(api);
        Planned(planner, await planner.End());
    }

    [Fact]
    public async Task It_runs_while_the_api_is_killed_and_restarted_and_does_nothing_twice()
    {
        await using var riq = await RiqInstallation.Create();
        riq.With("Simulator__LatencyScale", "2").With("Riq__OutboxClaim", "00:00:03").With("Riq__LostAfter", "00:00:03");
        await riq.StartSimulator();
        var api = await riq.StartApi();
        await riq.StartWorker();
        var planner = Queued(api);

        await planner.HasSaid("epic:");
        await api.Kill();
        await api.Restart();
        await planner.HasSaid("labelled:");
        await api.Kill();
        await api.Restart();
        Planned(planner, await planner.End());

        var effects = await new Simulator(riq.Simulator.Http).Effects();
        Assert.All(effects, e => Assert.Single(e.Value));
        // Epic, four tasks, comment, and the page's second version; the page itself bears no mark, its title is unique.
        Assert.True(effects.Count == 7, string.Join('\n', effects.Select(e => $"{e.Key} {string.Join(' ', e.Value)}")));
    }
}
