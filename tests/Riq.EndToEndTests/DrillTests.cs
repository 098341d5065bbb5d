using Riq.Drills;
using Riq.TestKit.Processes;
using Riq.TestKit.Servers;
using Xunit.Abstractions;

namespace Riq.EndToEndTests;

/// <summary>Short runs of <c>./riq drill</c>: under load nothing is lost and nothing takes effect twice.</summary>
public sealed class DrillTests(ITestOutputHelper output)
{
    const int PerSecond = 30;

    [Fact]
    public async Task Apis_and_workers_are_restarted_one_after_the_other()
    {
        await using var riq = await RiqInstallation.Create();

        Check(await RollingRestart.Run(riq, PerSecond, output.WriteLine, calm: TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task The_node_of_RabbitMQ_that_leads_the_queue_is_killed()
    {
        if (!TestServers.Long) return;   // three nodes of RabbitMQ
        await using var riq = await RiqInstallation.Create();

        Check(await BrokerNodeLoss.Run(riq, PerSecond, output.WriteLine));
    }

    void Check(Report report)
    {
        output.WriteLine(report.ToString());
        Assert.True(report.Holds, report.ToString());
    }
}
