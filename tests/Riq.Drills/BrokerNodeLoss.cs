using System.Diagnostics;
using Riq.TestKit.Processes;
using Riq.TestKit.Servers;
using Riq.TestKit.Waiting;

namespace Riq.Drills;

/// <summary>A cluster of three RabbitMQ nodes loses the one that leads the work queue (-9), works on without it, and gets it back.</summary>
public static class BrokerNodeLoss
{
    const string Queue = "riq.jira.normal";
    static readonly TimeSpan Without = TimeSpan.FromSeconds(15);

    public static async Task<Report> Run(RiqInstallation riq, int perSecond, Action<string> tell)
    {
        await using var cluster = await RabbitCluster.Start();
        var drill = new Drill(Drill.Ready(riq).With("Riq__RabbitMq", cluster.Uri).With("Riq__QuorumQueues", "true"), perSecond);
        return await drill.Run(async () =>
        {
            var leader = await cluster.LeaderOf(Queue) ?? throw new InvalidOperationException($"{Queue} has no leader.");
            var connections = await cluster.Connections(leader);
            var watch = Stopwatch.StartNew();
            await leader.Kill();
            await Eventually.Value(() => cluster.LeaderOf(Queue), l => l is not null && l != leader, TimeSpan.FromMinutes(1));
            tell($"  the node that led {Queue} and had {connections} connections is killed; another is seen to lead it after {watch.Elapsed.TotalSeconds:0.0} s");
            await Task.Delay(Without, TimeProvider.System);
            watch.Restart();
            await leader.Start();
            tell($"  it is back, started within {watch.Elapsed.TotalSeconds:0.0} s");
        });
    }
}
