using Microsoft.AspNetCore.Builder;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Sweepers;

/// <summary>The counts in <c>queue_stats</c> and what Prometheus sees of them.</summary>
[Collection(AloneCollection.Name)]
public sealed class StatisticsTests
{
    [Fact]
    public async Task Queue_statistics_and_gauges_count_what_waits_and_runs()
    {
        await using var riq = await RiqCluster.Create(new FakeService("counted"));
        riq.With("Services:counted:Concurrency", 2);
        await riq.StartApi();
        var worker = await riq.StartWorker();
        var held = new HeldCalls(riq.Service);
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => riq.Api.Submit("counted.read")));
        await Eventually.True(() => held.Arrived == 2);
        await Task.WhenAll(Enumerable.Range(0, 7).Select(i => riq.Api.Submit("counted.read", more: new { priority = i < 4 ? "high" : "low" })));

        await Eventually.True(async () => await Stats(riq) == "high 4/0, low 3/0, normal 0/2");
        await Eventually.True(async () => await Depth(worker, "high") == 4 && await Depth(worker, "low") == 3 && await Depth(worker, "normal") == 0);
        Assert.True(await worker.Metric("riq_oldest_queued_seconds{service=\"counted\"}") > 0);
        held.Release();

        await Eventually.True(async () => await Stats(riq) == "high 0/0, low 0/0, normal 0/0");
        await Eventually.True(async () => await riq.Database.Scalar<long>("select sum(ended_total)::bigint from queue_stats") == 9);
        await Eventually.True(async () => await riq.Database.Scalar<double>("select sum(ended_per_second) from queue_stats") > 0);
        await Eventually.True(async () => await Depth(worker, "high") == 0 && await worker.Metric("riq_outbox_pending") == 0);
        Assert.Equal(9, await worker.Metric("riq_requests_total{service=\"counted\",operation=\"counted.read\",status=\"completed\"}"));
        Assert.Equal(9, await worker.Metric("riq_request_latency_seconds_count{service=\"counted\",operation=\"counted.read\",status=\"completed\"}"));
        Assert.Equal(9, await worker.Metric("riq_processing_seconds_count{service=\"counted\",operation=\"counted.read\"}"));
    }

    [Fact]
    public async Task Failures_retries_and_dead_letters_are_counted()
    {
        await using var riq = await RiqCluster.Create(new FakeService("failing"));
        riq.With("Services:failing:RetryBaseDelay", "00:00:00.010");
        await riq.StartApi();
        var worker = await riq.StartWorker();
        riq.Service.Answer = (_, _) => Task.FromResult(FakeService.Fail("SERVICE_UNAVAILABLE"));
        await riq.Api.End(await riq.Api.Submit("failing.read", more: new { max_retries = 2 }));

        await Eventually.True(async () => await worker.Metric("riq_dead_letters{service=\"failing\"}") == 1);
        Assert.Equal(3, await worker.Metric("riq_errors_total{service=\"failing\",code=\"SERVICE_UNAVAILABLE\"}"));
        Assert.Equal(2, await worker.Metric("riq_retries_total{service=\"failing\",operation=\"failing.read\"}"));
        Assert.Equal(1, await worker.Metric("riq_requests_total{service=\"failing\",operation=\"failing.read\",status=\"dead\"}"));
        foreach (var sweeper in new[] { "leases", "expiry", "lost_messages", "statistics" })
            await Eventually.True(async () => await worker.Metric($"riq_sweeper_last_success_timestamp_seconds{{sweeper=\"{sweeper}\"}}") > 0);
    }

    [Fact]
    public async Task A_process_that_leads_no_more_exports_no_counts_of_all()
    {
        await using var riq = await RiqCluster.Create(new FakeService("led"));
        await riq.StartApi();
        var worker = await riq.StartWorker();
        await Eventually.True(async () => await Depth(worker, "high", "led") == 0);
        riq.Postgres.Cut();   // and with it the leadership
        await Eventually.True(async () => await Depth(worker, "high", "led") is null);
        Assert.Null(await worker.Metric("riq_dead_letters{service=\"led\"}"));
        riq.Postgres.Restore();
        await Eventually.True(async () => await Depth(worker, "high", "led") == 0);
    }

    static Task<double?> Depth(WebApplication host, string priority, string service = "counted") => host.Metric($"riq_queue_depth{{service=\"{service}\",priority=\"{priority}\"}}");

    static async Task<string> Stats(RiqCluster riq) =>
        string.Join(", ", await riq.Database.List("select priority, queued, processing from queue_stats order by priority", r => $"{r.GetString(0)} {r.GetInt64(1)}/{r.GetInt64(2)}"));
}
