using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Servers;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Observability;

/// <summary>What a scrape costs, however much is stored.</summary>
[Collection(AloneCollection.Name)]
public sealed class MetricsCostTests
{
    static readonly TimeSpan Wanted = TimeSpan.FromMilliseconds(50);

    // Those that wait are due tomorrow, so that nobody runs them meanwhile.
    const string FillSql = """
        insert into queue_requests(id, client_id, operation, service, payload, priority, status, payload_hash, created_at, updated_at, next_retry_at, retry_count, max_retries, attempt,
          fire_and_forget, ready, pending_dependencies, deferrals, crashes, next_step, version)
        select gen_random_uuid(), 'local', 'stored.read', 'stored', '{}', (array['high', 'normal', 'low'])[1 + n % 3], case when n <= $2 then 'queued' else 'completed' end, '', now(), now(),
          case when n <= $2 then now() + interval '1 day' end, 0, 3, 1, false, true, 0, 0, 0, 'execute', 1
        from generate_series(1, $1) n
        """;

    [Fact]
    public async Task A_scrape_asks_Postgres_nothing_and_knows_the_depth_of_each_priority()
    {
        await using var riq = await Filled(stored: 20_000, queued: 3_000);
        var worker = await riq.StartWorker();
        await DepthIs(worker, 3_000);
        riq.Postgres.Cut();
        foreach (var host in new[] { worker, riq.Api.Host }) Assert.True(await host.Metric("process_cpu_seconds_total") > 0);
        riq.Postgres.Restore();
    }

    [Fact]
    public async Task With_a_million_requests_and_100_000_of_them_waiting_a_scrape_takes_less_than_50_ms()
    {
        if (!TestServers.Long) return;
        await using var riq = await Filled(stored: 1_000_000, queued: 100_000);
        var worker = await riq.StartWorker();
        await DepthIs(worker, 100_000);
        foreach (var host in new[] { worker, riq.Api.Host })
        {
            var times = new List<TimeSpan>();
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
            // Over 20 s, in which the leader counts several times.
            for (var scrape = 0; scrape < 200 && await pace.WaitForNextTickAsync(); scrape++)
            {
                var watch = Stopwatch.StartNew();
                await host.Metric("process_cpu_seconds_total");
                times.Add(watch.Elapsed);
            }
            times.Sort();
            var figures = string.Create(CultureInfo.InvariantCulture, $"scrapes: median {times[100].TotalMilliseconds:0.0} ms, p95 {times[190].TotalMilliseconds:0.0} ms, longest {times[^1].TotalMilliseconds:0.0} ms");
            Console.WriteLine(figures);
            Assert.True(times[190] < Wanted, figures);
        }
    }

    static async Task<RiqCluster> Filled(int stored, int queued)
    {
        var riq = await RiqCluster.Create(new FakeService("stored"));
        await riq.Database.Execute(FillSql, stored, queued);
        await riq.Database.Execute("analyze queue_requests");
        await riq.StartApi();
        return riq;
    }

    static Task DepthIs(WebApplication worker, int queued) => Eventually.True(async () =>
        await worker.Metric("riq_queue_depth{service=\"stored\",priority=\"high\"}") is { } high && high > 0
        && await worker.Metric("riq_queue_depth{service=\"stored\",priority=\"normal\"}") + await worker.Metric("riq_queue_depth{service=\"stored\",priority=\"low\"}") + high == queued);
}
