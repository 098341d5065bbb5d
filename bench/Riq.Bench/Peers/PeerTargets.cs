using System.Diagnostics;
using Riq.Bench.Measure;
using Riq.Bench.Targets;
using Riq.TestKit.Waiting;

namespace Riq.Bench.Peers;

/// <summary>What a .NET team would take instead, in the same minutes on the same servers.</summary>
static class PeerTargets
{
    public static async IAsyncEnumerable<Measured> Run(Running riq)
    {
        const int jobs = 10_000, few = 2_000;
        Job.Simulator = riq.Installation.Simulator.Address;
        var own = jobs / (await riq.Complete(jobs, connections: 64)).Completed;
        yield return Measured.Rate("RIQ, completed", own, "15 × Hangfire");
        await using (var hangfire = new HangfirePeer(riq.Installation.Database.ConnectionString))
        {
            await Timed(few / 4, hangfire.Enqueue);
            var rate = few / await Timed(few, hangfire.Enqueue);
            yield return Measured.Rate("Hangfire.PostgreSql, completed", rate);
            yield return new("RIQ / Hangfire.PostgreSql", own / rate, "×", Goal: "15");
        }
        await using var saga = await SagaPeer.Start(riq.Installation.Broker.Uri);
        await Timed(few, saga.Submit);
        var sagaRate = jobs / await Timed(jobs, saga.Submit);
        yield return Measured.Rate("MassTransit saga over RabbitMQ, held in memory (nothing stored), completed", sagaRate);
        yield return new("RIQ / MassTransit saga in memory", own / sagaRate, "×");
    }

    static async Task<double> Timed(int jobs, Func<int, Task> submit)
    {
        var (before, watch) = (Job.Done, Stopwatch.StartNew());
        await submit(jobs);
        await Eventually.True(() => Job.Done - before >= jobs, TimeSpan.FromMinutes(10));
        return watch.Elapsed.TotalSeconds;
    }
}
