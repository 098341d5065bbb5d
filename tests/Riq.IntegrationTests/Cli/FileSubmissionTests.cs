using Riq.IntegrationTests.Api;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Cli;

/// <summary>A file of submissions, interrupted at the worst moments: every line is one request, and never two.</summary>
public sealed class FileSubmissionTests(IdleCluster cluster) : IClassFixture<IdleCluster>, IDisposable
{
    readonly string _file = Path.Combine(Path.GetTempPath(), $"riq-{Guid.NewGuid():N}.jsonl");

    public void Dispose() => File.Delete(_file);

    Uri Riq => cluster.Api.Http.BaseAddress!;

    static string Line(string text) => $$$"""{"operation":"fake.write","payload":{"text":"{{{text}}}"}}""";

    Task<CliProcess> Submit(params string[] more) => CliProcess.Run(Riq, ["submit", "--file", _file, .. more]);

    async Task<long> Added(Func<Task> work)
    {
        var before = await cluster.Rows();
        await work();
        return await cluster.Rows() - before;
    }

    async Task KilledOnceThereAre(long rows)
    {
        using var process = CliProcess.Start(Riq, "submit", "--file", _file);
        await Eventually.True(async () => await cluster.Rows() >= rows);
        process.Kill();
        await process.WaitForExitAsync();
        Assert.NotEqual(0, process.ExitCode);
    }

    [Fact]
    public async Task Ten_thousand_lines_interrupted_twice_are_ten_thousand_requests_and_not_one_more()
    {
        // A tenth of the lines are equal to another one.
        await File.WriteAllLinesAsync(_file, Enumerable.Range(0, 10_000).Select(i => Line($"{i % 9_000}")));
        var before = await cluster.Rows();
        await KilledOnceThereAre(before + 1);
        await KilledOnceThereAre(await cluster.Rows() + 1);
        Assert.InRange(await cluster.Rows() - before, 2, 9_999);

        var end = await Submit();
        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal("10,000 lines: 10,000 accepted, 0 refused.", end.Output.Trim());
        Assert.Equal(10_000, await cluster.Rows() - before);
        Assert.Equal(9_000, await cluster.Riq.Database.Scalar<long>("select count(distinct payload) from queue_requests where idempotency_key like 'file:%' and payload->>'text' ~ '^[0-9]+$'"));
        Assert.Equal(0, await Added(() => Submit()));
    }

    [Fact]
    public async Task Lines_that_were_added_are_submitted_and_the_others_are_not_again()
    {
        await File.WriteAllLinesAsync(_file, [Line("x1"), Line("x2")]);
        Assert.Equal(2, await Added(() => Submit()));
        await File.WriteAllLinesAsync(_file, [Line("x0"), Line("x2"), "", Line("x1"), Line("x1")]);
        Assert.Equal(2, await Added(() => Submit()));
        Assert.Equal(4, await Added(() => Submit("--run", "second")));
    }

    [Fact]
    public async Task A_line_that_cannot_be_read_keeps_the_whole_file_back()
    {
        await File.WriteAllLinesAsync(_file, [Line("y1"), "{", """{"operation":"fake.write","payload":{},"prio":"low"}"""]);
        Assert.Equal(0, await Added(async () =>
        {
            var end = await Submit();
            Assert.Equal(2, end.ExitCode);
            Assert.Contains("line 2:", end.Error, StringComparison.Ordinal);
            Assert.Contains("line 3:", end.Error, StringComparison.Ordinal);
        }));
    }

    [Fact]
    public async Task A_line_that_riq_refuses_is_named_and_the_others_are_accepted()
    {
        await File.WriteAllLinesAsync(_file, [Line("z1"), """{"operation":"fake.fly","payload":{}}""", Line("z2")]);
        var end = await Submit("--json", "--priority", "low");
        Assert.Equal(2, end.ExitCode);
        Assert.Equal([1, 2, 3], end.Lines.Select(l => l.GetProperty("line").GetInt32()));
        Assert.StartsWith("req_", end.Lines[0].GetProperty("token").GetString(), StringComparison.Ordinal);
        Assert.Contains("operation", end.Lines[1].GetProperty("refusal").GetProperty("errors").ToString(), StringComparison.Ordinal);
        Assert.Equal("low", (await cluster.Api.Detail(end.Lines[2].GetProperty("token").GetString()!)).GetProperty("priority").GetString());
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_said()
    {
        var end = await Submit();
        Assert.Equal(2, end.ExitCode);
        Assert.Contains(Path.GetFileName(_file), end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_riq_is_away_it_says_how_to_go_on()
    {
        await File.WriteAllLinesAsync(_file, [Line("away")]);
        var end = await CliProcess.Run(new("http://127.0.0.1:1"), "submit", "--file", _file);
        Assert.Equal(5, end.ExitCode);
        Assert.Contains("Run the same command again", end.Error, StringComparison.Ordinal);
    }
}
