using Riq.Drills;
using Riq.TestKit.Processes;
using Xunit.Abstractions;

namespace Riq.EndToEndTests;

/// <summary>A short run of <c>./riq drill rolling</c>.</summary>
public sealed class RollingRestartTests(ITestOutputHelper output)
{
    const int PerSecond = 30;

    [Fact]
    public async Task Apis_and_workers_restarted_one_after_the_other_under_load_lose_nothing_and_do_nothing_twice()
    {
        await using var riq = await RiqInstallation.Create();

        var report = await RollingRestart.Run(riq, PerSecond, output.WriteLine, calm: TimeSpan.FromSeconds(1));

        output.WriteLine(report.ToString());
        Assert.True(report.Holds, report.ToString());
    }
}
