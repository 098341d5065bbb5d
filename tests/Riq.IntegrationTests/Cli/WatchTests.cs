using System.Diagnostics;
using System.Text.Json;
using Riq.IntegrationTests.Adapters;
using Riq.IntegrationTests.Api;
using Riq.TestKit.Servers;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Cli;

/// <summary><c>riq-cli watch</c>: every change once, over every interruption, until somebody ends it.</summary>
public sealed class WatchTests(RunningCluster cluster) : IClassFixture<RunningCluster>
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    static async Task Says(Process process, string text)
    {
        while (await process.StandardError.ReadLineAsync().WaitAsync(Limit) is { } line)
            if (line.Contains(text, StringComparison.Ordinal)) return;
        Assert.Fail($"It did not say '{text}'.");
    }

    static async Task<List<string>> ReadUntil(Process process, Func<string, bool> last)
    {
        var lines = new List<string>();
        while (await process.StandardOutput.ReadLineAsync().WaitAsync(Limit) is { } line)
        {
            lines.Add(line);
            if (last(line)) break;
        }
        return lines;
    }

    // Not SIGINT, which a test run in the background has inherited as ignored; the command treats both alike.
    static async Task Interrupt(Process process)
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"])) await kill.WaitForExitAsync();
        await process.WaitForExitAsync().WaitAsync(Limit);
        Assert.Equal(130, process.ExitCode);
    }

    [Fact]
    public async Task It_shows_every_change_until_it_is_interrupted()
    {
        using var process = CliProcess.Start(cluster.Api.Http.BaseAddress!, "watch", "--operation", "fake.safe_write");
        await Says(process, "watching");
        await cluster.Api.Submit("fake.write");
        var token = await cluster.Api.Submit("fake.safe_write");
        var lines = await ReadUntil(process, l => l.Contains("succeeded", StringComparison.Ordinal));
        Assert.Equal([$"{token}  queued      fake.safe_write  accepted", $"{token}  processing  fake.safe_write  started", $"{token}  completed   fake.safe_write  succeeded"], lines);
        await Interrupt(process);
    }

    [Fact]
    public async Task A_connection_that_breaks_costs_no_change_and_shows_none_twice()
    {
        await using var way = new TcpProxy("127.0.0.1", cluster.Api.Http.BaseAddress!.Port);
        using var process = CliProcess.Start(new($"http://127.0.0.1:{way.Port}"), "watch", "--operation", "fake.read", "--json");
        await Says(process, "watching");
        var tokens = new List<string>();
        var lines = new List<JsonElement>();
        for (var round = 0; round < 4; round++)
        {
            tokens.Add(await cluster.Api.Submit("fake.read", $"before {round}"));
            lines.AddRange((await ReadUntil(process, l => l.Contains(tokens[^1], StringComparison.Ordinal))).Select(l => JsonSerializer.Deserialize<JsonElement>(l)));
            if (round % 2 == 0) way.CutConnections();
            else way.Cut();
            tokens.Add(await cluster.Api.Submit("fake.read", $"meanwhile {round}"));
            if (round % 2 == 1) way.Restore();
            await Says(process, "watching");
        }
        await cluster.Api.End(tokens[^1]);
        lines.AddRange((await ReadUntil(process, l => l.Contains(tokens[^1], StringComparison.Ordinal) && l.Contains("completed", StringComparison.Ordinal))).Select(l => JsonSerializer.Deserialize<JsonElement>(l)));
        foreach (var token in tokens)
            Assert.Equal([1, 2, 3], lines.Where(l => l.GetProperty("token").GetString() == token).Select(l => l.GetProperty("version").GetInt64()));
        await Interrupt(process);
    }

    [Theory]
    [InlineData(404), InlineData(503)]
    public async Task Where_there_are_no_live_events_it_looks_again_and_again(int status)
    {
        await using var api = await FakeService.Start();
        api.On("GET", "/api/queue/events", status);
        foreach (var version in new[] { 1, 1, 2, 3 })
            api.On("GET", "/api/queue/requests", 200, $$"""{"items":[{"token":"req_1","operation":"fake.write","status":"queued","version":{{version}},"waiting_for":"look {{version}}"}]}""");
        using var process = CliProcess.Start(new(api.Url), "watch", "--interval", "0.2", "--service", "fake");
        await Says(process, $"HTTP {status}");
        Assert.Equal(["look 1", "look 2", "look 3"], (await ReadUntil(process, l => l.Contains("look 3", StringComparison.Ordinal))).Select(l => l[^6..]));
        Assert.Contains("GET /api/queue/requests?service=fake&limit=100", api.Routes);
        await Interrupt(process);
    }

    [Theory]
    [InlineData(401, 4), InlineData(400, 2)]
    public async Task What_RIQ_refuses_ends_it(int status, int exitCode)
    {
        await using var api = await FakeService.Start();
        api.On("GET", "/api/queue/events", status, $$"""{"title":"No","status":{{status}},"detail":"Not so."}""");
        var end = await CliProcess.Run(new(api.Url), "watch");
        Assert.Equal(exitCode, end.ExitCode);
        Assert.Contains("Not so.", end.Error, StringComparison.Ordinal);
    }
}
