using Riq.Bench.Load;
using Riq.Bench.Measure;

namespace Riq.Bench.Targets;

/// <summary>How long clients wait, and what it costs that they do.</summary>
static class Waiting
{
    public static readonly double[] Rates = [50, 100, 200, 500, 1_000];

    public static async IAsyncEnumerable<Measured> Latency(Running riq, IEnumerable<double> rates)
    {
        foreach (var rate in rates)
        {
            var took = await Pace.Steady(riq.Server, rate, TimeSpan.FromSeconds(20), (c, _) => Submissions.Completed(c, Submissions.One));
            yield return Measured.Ms($"from submit to completed as a waiting client sees it, {rate:N0}/s: p50", took.P50, rate == 50 ? "8" : rate == 500 ? "10" : null);
            yield return Measured.Ms($"the same at {rate:N0}/s: p99", took.P99, rate == 50 ? "20" : rate == 500 ? "30" : null);
        }
    }

    public static async IAsyncEnumerable<Measured> CachedReads(Running riq)
    {
        const int tasks = 50;
        var reads = new byte[tasks][];
        using (var connection = new Connection(riq.Server))
            for (var n = 0; n < tasks; n++)
            {
                reads[n] = Submissions.Read(Submissions.Text((await Submissions.Completed(connection, Submissions.One)).GetProperty("result"), "id"));
                await Submissions.Completed(connection, reads[n]);
            }
        for (var run = 1; run <= 3; run++)
        {
            var took = await Pace.Steady(riq.Server, 500, TimeSpan.FromSeconds(10), async (c, n) =>
            {
                if (Submissions.Text(await c.Json(reads[n % tasks]), "status") != "cached") throw new InvalidOperationException("Not from the cache.");
            });
            yield return Measured.Ms($"run {run}: a read answered from the cache, 500/s: p50", took.P50);
            yield return Measured.Ms($"run {run}: p99", took.P99, "8");
        }
    }

    /// <summary>Each waits for a request of its own that does not end meanwhile.</summary>
    public static async IAsyncEnumerable<Measured> Waiters(Running riq)
    {
        const int waiters = 10_000, items = 500;
        var (api, connections) = (riq.Apis[0], new List<Connection>());
        using var asking = new Connection(riq.Server);
        await riq.Pause();
        var tokens = new List<string>();
        for (var n = 0; n < waiters / items; n++)
            tokens.AddRange((await asking.Json(Submissions.Batch(items))).GetProperty("items").EnumerateArray().Select(i => Submissions.Text(i, "token")));
        // The memory that the submissions took is not the waiters'.
        await Settle();
        var (memory, cpu) = (api.MemoryBytes, api.ProcessorTime);
        connections.AddRange(Enumerable.Range(0, waiters).Select(_ => new Connection(riq.Server)));
        var waits = connections.Zip(tokens, (c, t) => c.Send(Submissions.Result(t))).ToArray();
        await Settle();
        (memory, cpu) = (api.MemoryBytes - memory, api.ProcessorTime);
        var idle = TimeSpan.FromSeconds(20);
        await Task.Delay(idle, TimeProvider.System);
        yield return new($"memory of {waiters:N0} waiting clients, API", memory / 1e6, "MB", Goal: "< 100");
        yield return new("processor while they wait, API", (api.ProcessorTime - cpu) / idle * 100, "%", Goal: "< 2");
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await riq.Resume();
        await Task.WhenAll(waits);
        yield return new("until all have their result after the service goes on", watch.Elapsed.TotalSeconds, "s");
        foreach (var connection in connections) connection.Dispose();
    }

    // The only wait that nobody announces: connections are accepted, garbage is collected.
    static Task Settle() => Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System);
}
