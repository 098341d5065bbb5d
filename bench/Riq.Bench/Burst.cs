using System.Diagnostics;
using System.Globalization;
using System.Text;
using Riq.TestKit.Processes;
using Riq.TestKit.Waiting;

namespace Riq.Bench;

/// <summary>Many submissions at once over keep-alive connections, until the worker has completed them all.</summary>
static class Burst
{
    public sealed record Figures(double AcceptedPerSecond, double CompletedPerSecond, TimeSpan ApiCpu, TimeSpan WorkerCpu);

    static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"operation":"jira.create_task","payload":{"title":"A task of the benchmark","project_id":"MD","type":"task"}}""");

    public static async Task<Figures> Run(RiqProcess api, RiqProcess worker, int submissions, int connections)
    {
        var (apiCpu, workerCpu) = (api.ProcessorTime, worker.ProcessorTime);
        var before = await Completed(worker);
        var watch = Stopwatch.StartNew();
        var left = submissions;
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0) await Submit(api.Http);
        }));
        var accepted = watch.Elapsed;
        await Eventually.Value(() => Completed(worker), done => done - before >= submissions, TimeSpan.FromMinutes(3));
        return new(submissions / accepted.TotalSeconds, submissions / watch.Elapsed.TotalSeconds, (api.ProcessorTime - apiCpu) / submissions, (worker.ProcessorTime - workerCpu) / submissions);
    }

    static async Task Submit(HttpClient http)
    {
        using var content = new ByteArrayContent(Body);
        content.Headers.ContentType = new("application/json");
        using var answer = await http.PostAsync(new Uri("/api/queue/submit", UriKind.Relative), content);
        answer.EnsureSuccessStatusCode();
    }

    static async Task<double> Completed(RiqProcess worker)
    {
        var metrics = await worker.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        return metrics.Split('\n').Where(l => l.StartsWith("riq_requests_total{", StringComparison.Ordinal) && l.Contains("completed", StringComparison.Ordinal))
            .Sum(l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }
}
