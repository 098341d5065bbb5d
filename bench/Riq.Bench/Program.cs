using System.Globalization;
using Riq.Bench.Measure;
using Riq.Bench.Peers;
using Riq.Bench.Report;
using Riq.Bench.Targets;

// ./riq bench [TARGET…] [--out FOLDER]: the whole of RIQ, the simulator and the load as processes of one machine. Every figure stands
// beside the machine's own yardstick, taken just before and after it. --check: only whether the arguments are understood.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

Target[] targets =
[
    new("burst", "a service that answers at once, 64 slots", () => Warm(), r => Throughput.Complete(r, "0.35 C")),
    new("burst-alone", "the same, each request in a call of its own", () => Warm(together: false), r => Throughput.Complete(r, "0.35 C")),
    new("service-20ms", "a service that takes 20 ms in the middle, 200 slots", () => Warm(slots: 200, ms: 20), r => Throughput.Complete(r, "0.33 C")),
    new("submit", "one by one over HTTP", () => Warm(), Throughput.Submit),
    new("batch", "many in one call", () => Warm(), Throughput.SubmitBatch),
    new("backlog", "what has gathered while the service was paused", () => Warm(), Throughput.Backlog),
    new("loop", "clients that submit, wait and submit again", () => Warm(), Throughput.Loop),
    new("latency", "a steady rate", () => Warm(), r => Waiting.Latency(r, [50, 500])),
    new("reads", "reads answered from the cache", () => Warm(), Waiting.CachedReads),
    new("waiters", "clients that wait for long", () => Warm(), Waiting.Waiters),
    new("start", "after a cold start", () => Running.Start(), Throughput.Start),
    new("service-200ms", "a service that takes 200 ms in the middle, 200 slots", () => Warm(slots: 200, ms: 200), r => Throughput.Complete(r), IsExtra: true),
    new("load", "latency over load", () => Warm(), r => Waiting.Latency(r, Waiting.Rates), IsExtra: true),
    .. from w in new[] { (1, 1), (1, 2), (1, 4), (2, 4) } select new Target($"workers-{w.Item1}-{w.Item2}", $"{w.Item1} API, {w.Item2} workers", () => Warm(apis: w.Item1, workers: w.Item2), r => Throughput.Workers(w.Item1, w.Item2, r), IsExtra: true),
    new("growth", "a million stored, 100,000 waiting", () => Warm(), r => Growth.Rows(r, 1_000_000, 100_000), IsExtra: true),
    new("growth-10m", "ten million stored, a million waiting", () => Warm(), r => Growth.Rows(r, 10_000_000, 1_000_000), IsExtra: true),
    new("soak", "half an hour of the loop", () => Warm(), Throughput.Soak, IsExtra: true),
    new("peers", "the same job on Hangfire with Postgres, and as a MassTransit saga", () => Warm(), PeerTargets.Run, IsExtra: true),
];

var folder = Option("--out");
var named = args.Where((a, i) => !a.StartsWith("--", StringComparison.Ordinal) && (i == 0 || args[i - 1] != "--out")).ToArray();
var unknown = named.Where(n => n != "all" && targets.All(t => t.Name != n)).Concat(args.Where(a => a.StartsWith("--", StringComparison.Ordinal) && a is not ("--out" or "--check"))).ToArray();
if (unknown.Length > 0)
{
    Console.Error.WriteLine($"error: unknown: {string.Join(", ", unknown)}. ./riq bench [TARGET…] [--out FOLDER]; targets:");
    foreach (var target in targets) Console.Error.WriteLine($"  {target.Name,-14} {target.About}{(target.IsExtra ? " (only when named, or with all)" : "")}");
    return 2;
}
if (args.Contains("--check")) return 0;
var report = new RunReport(folder);
foreach (var target in targets.Where(t => named.Contains("all") || (named.Length == 0 ? !t.IsExtra : named.Contains(t.Name)))) await target.RunInto(report);
if (folder is not null) Pictures.Draw(report.Figures, folder);
await report.Write();
return 0;

string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;

static async Task<Running> Warm(int slots = 64, bool together = true, double ms = 0, int apis = 1, int workers = 1)
{
    // Warm with a service that answers at once: what is compiled is the same.
    var running = await Running.Start(slots, together, serviceMs: 0, apis, workers);
    await running.Warm();
    await running.SetService(ms);
    return running;
}
