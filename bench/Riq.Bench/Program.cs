using System.Globalization;
using Riq.Bench;
using Riq.TestKit.Processes;

// The whole of RIQ as processes on one machine, against the simulator without latency. Every figure of a run stands
// beside the machine's own yardstick from the same minute, so that runs on different machines can be compared.
// --reads measures cached reads only; --log writes a line per change of status.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
await using var riq = await RiqInstallation.Create();
riq.With("Riq__Services__jira__Concurrency", "64").With("Riq__Logging__Level", args.Contains("--log") ? "Information" : "Warning");
await riq.StartSimulator();
var api = await riq.StartApi();
var worker = await riq.StartWorker();

Console.WriteLine("Warming up …");
if (args.Contains("--reads")) { await CachedReads.Run(api, perSecond: 500, TimeSpan.FromSeconds(5)); await Reads(); return; }
await Burst.Run(api, worker, submissions: 10_000, connections: 64);
await Latency.Run(api, perSecond: 50, TimeSpan.FromSeconds(5));

var idle = await Latency.Run(api, perSecond: 50, TimeSpan.FromSeconds(20));
Console.WriteLine($"submit → completed seen by a waiting client at 50/s: p50 {idle.P50:0.0} ms, p99 {idle.P99:0.0} ms, max {idle.Max:0.0} ms ({idle.Count:N0} requests)");
await Reads();

var yardstick = await Yardstick.Run(riq.Database.ConnectionString);
Console.WriteLine($"yardstick: {yardstick:N0} two-row inserts/s, 16 connections, one commit each");

for (var run = 1; run <= 3; run++)
{
    var burst = await Burst.Run(api, worker, submissions: 10_000, connections: 64);
    Console.WriteLine($"burst {run}: 10,000 submissions over 64 connections: accepted {burst.AcceptedPerSecond:N0}/s, completed {burst.CompletedPerSecond:N0}/s = {burst.CompletedPerSecond / yardstick:0.00} of the yardstick; "
        + $"CPU per request: API {burst.ApiCpu.TotalMilliseconds:0.00} ms, worker {burst.WorkerCpu.TotalMilliseconds:0.00} ms");
}
Console.WriteLine($"memory: API {api.MemoryBytes / 1e6:0} MB, worker {worker.MemoryBytes / 1e6:0} MB");

async Task Reads()
{
    foreach (var _ in Enumerable.Range(0, 3))
    {
        var apiCpu = api.ProcessorTime;
        var cached = await CachedReads.Run(api, perSecond: 500, TimeSpan.FromSeconds(10));
        Console.WriteLine($"reads answered from the cache at 500/s: p50 {cached.P50:0.0} ms, p99 {cached.P99:0.0} ms, max {cached.Max:0.0} ms ({cached.Count:N0} submissions; "
            + $"API {(api.ProcessorTime - apiCpu).TotalMilliseconds / cached.Count:0.00} ms CPU each; load {File.ReadAllText("/proc/loadavg").Split(' ')[0]})");
    }
}
