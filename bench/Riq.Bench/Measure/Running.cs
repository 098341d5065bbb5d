using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Riq.Bench.Load;
using Riq.TestKit.Processes;
using Riq.TestKit.Waiting;

namespace Riq.Bench.Measure;

/// <summary>All of RIQ as processes on this machine, with everything switched on that is on by default, and the services' limits opened.</summary>
sealed class Running : IAsyncDisposable
{
    // Processor time of API and worker in half a second that is nothing but their watching.
    const int IdleMs = 50;

    const int WarmUp = 10_000;

    readonly RiqInstallation _riq;
    readonly List<RiqProcess> _apis = [];
    readonly List<RiqProcess> _workers = [];

    Running(RiqInstallation riq) => _riq = riq;

    public IReadOnlyList<RiqProcess> Apis => _apis;
    public IReadOnlyList<RiqProcess> Workers => _workers;
    public IReadOnlyList<Uri> Servers => [.. _apis.Select(a => a.Address)];
    public Uri Server => _apis[0].Address;
    public RiqInstallation Installation => _riq;

    /// <param name="slots">Calls at the same time.</param>
    /// <param name="together">Whether requests that wait go to the service together, as is the default.</param>
    /// <param name="serviceMs">The median of the service's own time.</param>
    public static async Task<Running> Start(int slots = 64, bool together = true, double serviceMs = 0, int apis = 1, int workers = 1)
    {
        var riq = await RiqInstallation.Create();
        riq.With("Riq__Services__jira__Concurrency", $"{slots}").With("Riq__Logging__Level", "Information").With("Simulator__MaxObjects", "10000000").With("Riq__ApiKeys__bench", $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Connection.Key)))} submit, read, operate");
        if (!together) foreach (var operation in new[] { "create_task", "get_task" }) riq.With($"Riq__Services__jira__Batch__{operation}", "1");
        var running = new Running(riq);
        try
        {
            await riq.StartSimulator();
            await running.Add(apis, workers);
            await running.SetService(serviceMs);
            return running;
        }
        catch { await running.DisposeAsync(); throw; }   // or its processes would be left
    }

    public async Task Add(int apis, int workers)
    {
        for (var n = 0; n < apis; n++) _apis.Add(await _riq.StartApi());
        _workers.AddRange(await _riq.StartWorkers(workers));
    }

    // The simulator's writes take 350 ms in the middle, as the real ones do.
    public async Task SetService(double medianMs) =>
        (await _riq.Simulator.Http.PutAsJsonAsync(new Uri("/__sim/settings", UriKind.Relative), new { latencyScale = medianMs / 350 })).EnsureSuccessStatusCode();

    /// <summary>The simulator forgets what was created: millions of objects in its memory are no cost of RIQ.</summary>
    public async Task EmptyService() => (await _riq.Simulator.Http.PostAsync(new Uri("/__sim/reset", UriKind.Relative), null)).EnsureSuccessStatusCode();

    /// <summary>The JIT has compiled what matters, and Postgres has its statistics.</summary>
    public async Task<Running> Warm(int requests = WarmUp)
    {
        await Complete(requests, connections: 64);
        await _riq.Database.Execute("vacuum analyze");
        await Quiet();
        return this;
    }

    // The JIT goes on for seconds after the load has stopped: a yardstick taken meanwhile would be too small.
    async Task Quiet()
    {
        var before = await Used();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(0.5), TimeProvider.System);
        for (var tick = 0; tick < 60 && await timer.WaitForNextTickAsync(); tick++)
        {
            var now = await Used();
            if (now.Since(before).Cpu is var cpu && cpu["api"] + cpu["worker"] < IdleMs) return;
            before = now;
        }
    }

    /// <summary>Submits so many over HTTP and waits until the workers have completed all: seconds until accepted, and until completed.</summary>
    public Task<(double Accepted, double Completed)> Complete(int requests, int connections) =>
        Timed(requests, () => Pace.Burst(Servers, connections, requests, c => c.Send(Submissions.One)));

    public async Task<(double Accepted, double Completed)> Timed(int requests, Func<Task> submit)
    {
        var before = await Completed();
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await submit();
        var accepted = watch.Elapsed.TotalSeconds;
        await Eventually.Value(Completed, done => done - before >= requests, TimeSpan.FromMinutes(10), "all are completed");
        return (accepted, watch.Elapsed.TotalSeconds);
    }

    /// <summary>Nothing more of the service's runs, and its messages stay in RabbitMQ.</summary>
    public Task Pause() => Operate("pause", """{"reason":"benchmark"}""");

    public Task Resume() => Operate("resume", "{}");

    async Task Operate(string what, string body)
    {
        using var connection = new Connection(Server);
        await connection.Send(Connection.Post($"/api/queue/services/jira/{what}", body));
    }

    public async Task<double> Completed()
    {
        var sum = 0.0;
        foreach (var worker in _workers) sum += await Metrics.Sum(worker, "riq_requests_total{", "completed");
        return sum;
    }

    public Task<Usage> Used() => Usage.Now(_riq.Database, _apis, _workers, _riq.Simulator);

    public Task<Yardstick> Yardstick() => Measure.Yardstick.Take(_riq.Database, _riq.Broker);

    public ValueTask DisposeAsync() => _riq.DisposeAsync();
}
