using Riq.Bench.Load;
using Riq.Bench.Measure;

namespace Riq.Bench.Targets;

/// <summary>How many a second.</summary>
static class Throughput
{
    const int Burst = 10_000;
    static readonly TimeSpan Duration = TimeSpan.FromSeconds(10);

    // What accepting costs by itself, and beside workers that take what has come.
    static readonly (bool Paused, string When)[] States = [(true, "the service paused"), (false, "workers running")];

    public static async IAsyncEnumerable<Measured> Submit(Running riq)
    {
        foreach (var (paused, when) in States)
            foreach (var (connections, goal) in new[] { (16, "0.5 C"), (128, "0.65 C") })
            {
                if (paused) await riq.Pause();
                var accepted = await Pace.Loop(riq.Servers, connections, Duration, c => c.Send(Submissions.One));
                yield return Measured.Rate($"submissions over {connections} connections, {when}", accepted / Duration.TotalSeconds, goal);
                if (paused) await riq.Resume();
                await Drained(riq);
            }
    }

    public static async IAsyncEnumerable<Measured> SubmitBatch(Running riq)
    {
        const int items = 500, calls = 60;
        var batch = Submissions.Batch(items);
        foreach (var (paused, when) in States)
        {
            if (paused) await riq.Pause();
            var watch = System.Diagnostics.Stopwatch.StartNew();
            await Pace.Burst(riq.Servers, 4, calls, c => c.Send(batch));
            yield return Measured.Rate($"requests accepted in batches of {items}, {when}", items * calls / watch.Elapsed.TotalSeconds, "20,000/s or 2 C");
            if (paused) await riq.Resume();
            await Drained(riq);
        }
    }

    /// <summary>What has gathered while the service was paused is worked off: as fast as what comes and goes, however much it is.</summary>
    public static async IAsyncEnumerable<Measured> Backlog(Running riq)
    {
        const int items = 500;
        var batch = Submissions.Batch(items);
        foreach (var waiting in new[] { 10_000, 100_000 })
        {
            await riq.Pause();
            var before = await riq.Completed();
            await Pace.Burst(riq.Servers, 4, waiting / items, c => c.Send(batch));
            // Workers hear of the pause a moment later.
            var left = waiting - (int)(await riq.Completed() - before);
            var (_, completed) = await riq.Timed(left, riq.Resume);
            yield return Measured.Rate($"completed of {waiting:N0} that waited", left / completed);
        }
    }

    public static async IAsyncEnumerable<Measured> Complete(Running riq, string? goal = null)
    {
        for (var run = 1; run <= 3; run++)
        {
            var before = await riq.Used();
            var (accepted, completed) = await riq.Complete(Burst, connections: 64);
            var used = (await riq.Used()).Since(before);
            yield return Measured.Rate($"run {run}: completed, {Burst:N0} submitted over 64 connections", Burst / completed, goal);
            yield return Measured.Rate($"run {run}: accepted meanwhile", Burst / accepted);
            if (run == 3) foreach (var cost in Cost(used)) yield return cost;
        }
        yield return new("memory, API", riq.Apis[0].MemoryBytes / 1e6, "MB", Goal: "< 250");
        yield return new("memory, worker", riq.Workers[0].MemoryBytes / 1e6, "MB", Goal: "< 250");
    }

    static IEnumerable<Measured> Cost(Usage used)
    {
        foreach (var (program, ms) in used.Cpu) yield return Measured.Ms($"processor time of a request: {program}", ms / Burst);
        yield return Measured.Ms("processor time of a request: API and worker", (used.Cpu["api"] + used.Cpu["worker"]) / Burst, "0.3");
        yield return Measured.Ms("processor time of a request: everything but the load", used.Cpu.Values.Sum() / Burst, "0.6");
        yield return new("commits for a request", (double)used.Commits / Burst, "", Goal: "0.3");
        yield return new("written to Postgres's log for a request", used.WalBytes / Burst, "bytes");
        if (used.AllocatedBytes > 0) yield return new("allocated by API and worker for a request", used.AllocatedBytes / Burst, "bytes");
    }

    public static async IAsyncEnumerable<Measured> Loop(Running riq)
    {
        const int clients = 128;
        var made = await Pace.Loop(riq.Servers, clients, Duration, c => Submissions.Completed(c, Submissions.One));
        yield return Measured.Rate($"submitted and waited for, {clients} clients", made / Duration.TotalSeconds, "0.22 C");
    }

    /// <summary>Half an hour of the loop: what it makes, and the memory, at the end of each part.</summary>
    public static async IAsyncEnumerable<Measured> Soak(Running riq)
    {
        const int clients = 128, parts = 6;
        var part = TimeSpan.FromMinutes(5);
        for (var n = 1; n <= parts; n++)
        {
            await riq.EmptyService();
            var before = await riq.Yardstick();
            var made = await Pace.Loop(riq.Servers, clients, part, c => Submissions.Completed(c, Submissions.One));
            var when = $"after {n * part.TotalMinutes:0} minutes";
            yield return Measured.Rate($"submitted and waited for, {clients} clients, {when}", made / part.TotalSeconds) with { C = Yardstick.Mean(before, await riq.Yardstick()).C };
            yield return new($"memory, API, {when}", riq.Apis[0].MemoryBytes / 1e6, "MB", Goal: "< 250");
            yield return new($"memory, worker, {when}", riq.Workers[0].MemoryBytes / 1e6, "MB", Goal: "< 250");
        }
    }

    public static async IAsyncEnumerable<Measured> Start(Running cold)
    {
        const int first = 3_000;
        var (_, completed) = await cold.Complete(first, connections: 64);
        yield return Measured.Rate($"the first {first:N0} after a cold start, completed", first / completed, "1,500/s");
        for (var n = 2; n <= 5; n++)
        {
            (_, completed) = await cold.Complete(first, connections: 64);
            yield return Measured.Rate($"the {first:N0} after these ({n})", first / completed);
        }
    }

    public static async IAsyncEnumerable<Measured> Workers(int apis, int workers, Running riq)
    {
        var (_, completed) = await riq.Complete(2 * Burst, connections: 64);
        yield return Measured.Rate($"completed by {workers} worker{(workers > 1 ? "s" : "")}, {apis} API process{(apis > 1 ? "es" : "")}", 2 * Burst / completed);
    }

    // What was submitted is not to run beside what is measured next.
    static Task Drained(Running riq) => TestKit.Waiting.Eventually.True(async () => await riq.Installation.Database.Scalar<bool>(
        "select not exists (select from queue_requests where service = 'jira' and status in ('queued', 'processing'))"), TimeSpan.FromMinutes(10));
}
