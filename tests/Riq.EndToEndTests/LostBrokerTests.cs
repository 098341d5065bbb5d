using System.Diagnostics;
using Riq.TestKit.Processes;
using Riq.TestKit.Servers;
using Riq.TestKit.Waiting;

namespace Riq.EndToEndTests;

/// <summary>Everything that RabbitMQ holds is lost, again and again, while work is under way: nobody has to do anything.</summary>
public sealed class LostBrokerTests
{
    const int Running = 50;
    static readonly int Waiting = TestServers.Long ? 500 : 250;

    // What RIQ needs to notice the loss and to send again, beyond the time that the work itself takes.
    static readonly TimeSpan ToNotice = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Queues_purged_then_deleted_then_the_broker_s_disk_wiped_cost_no_request_and_repeat_none()
    {
        await using var broker = await LocalServer.RabbitMq();
        using var management = new ManagementPage(broker.ManagementPort);
        await using var riq = await RiqInstallation.Create();
        riq.With("Riq__RabbitMq", $"amqp://guest:guest@127.0.0.1:{broker.Port}/").With("Riq__Services__jira__Concurrency", $"{Running}")
            .With("Riq__Services__jira__Batch__create_task", "1");   // together they would be done before anything is lost
        if (!TestServers.Long) riq.With("Riq__LostAfter", "00:00:03").With("Riq__SweepInterval", "00:00:00.500").With("Riq__OutboxClaim", "00:00:05");
        await riq.StartSimulator();
        var simulator = new Simulator(riq.Simulator.Http);
        await simulator.AddFault(new { route = "/rest/api/3/issue", method = "POST", action = "delay", seconds = TestServers.Long ? 4 : 2 });
        var api = await riq.StartApi();
        var client = new Client(api.Http);
        RiqProcess[] processes = [api, await riq.StartWorker(), await riq.StartWorker()];

        var tokens = await Task.WhenAll(Enumerable.Range(0, Waiting + Running).Select(n => client.Submit(Client.CreateTask($"Task {n}"))));
        await UntilFullyBusy(riq);
        await management.PurgeAll();
        await UntilFullyBusy(riq);
        await management.DeleteAll();
        await UntilFullyBusy(riq);
        await broker.Wipe();

        var watch = Stopwatch.StartNew();
        var ends = await Task.WhenAll(tokens.Select(t => client.End(t, TimeSpan.FromMinutes(4))));
        var took = watch.Elapsed;
        Assert.All(ends, e => Assert.Equal("completed", e.GetProperty("status").GetString()));
        var effects = await simulator.Effects();
        Assert.All(tokens, t => Assert.Single(effects[t]));
        var ownTime = TimeSpan.FromSeconds((TestServers.Long ? 4.0 : 2.0) * (Waiting + Running) / Running);
        Assert.All(processes, p => Assert.Contains("RabbitMQ does not answer", p.Output, StringComparison.Ordinal));
        Assert.All(processes, p => Assert.DoesNotContain("   at ", p.Output, StringComparison.Ordinal));
        Assert.True(took < ToNotice + ownTime, $"It took {took.TotalSeconds:0} s after the last loss; the work itself takes {ownTime.TotalSeconds:0} s.");
    }

    // What has been lost before has to be noticed before there is something to lose again.
    static Task UntilFullyBusy(RiqInstallation riq) =>
        Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from queue_requests where status = 'processing'") == Running, TimeSpan.FromMinutes(2));
}
