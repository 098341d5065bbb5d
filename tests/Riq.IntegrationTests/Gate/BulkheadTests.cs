using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Riq.Contracts;
using Riq.Engine.Gate;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Gate;

/// <summary>Calls at the same time: the account's limit, whatever the number of workers.</summary>
public sealed class BulkheadTests
{
    static int Slots(WebApplication worker) => worker.Services.GetRequiredService<Gates>().Of("fake").Slots;

    static async Task<RiqCluster> Cluster(int concurrency)
    {
        var riq = (await RiqCluster.Create()).With("Services:fake:Concurrency", concurrency);
        await riq.StartApi();
        return riq;
    }

    [Fact]
    public async Task Workers_share_the_account_s_concurrency_a_new_one_gets_its_part_and_that_of_one_that_stops_comes_back()
    {
        await using var riq = await Cluster(7);
        var first = await riq.StartWorker();
        await Eventually.True(() => Slots(first) == 7);
        var (second, third) = (await riq.StartWorker("worker-2"), await riq.StartWorker("worker-3"));
        await Eventually.True(() => new[] { first, second, third }.Select(Slots).Order().SequenceEqual([2, 2, 3]));
        await riq.Stop(third);
        await Eventually.True(() => Slots(first) + Slots(second) == 7, TimeSpan.FromSeconds(4));
    }

    [Fact]
    public async Task The_share_of_a_worker_that_died_comes_back_within_seconds()
    {
        await using var riq = await Cluster(6);
        var lines = riq.NewLines();
        var workers = new[] { await riq.StartWorker(), await riq.StartWorker("worker-2", lines) };
        await Eventually.True(() => workers.All(w => Slots(w) == 3));
        lines.Cut();
        await Eventually.True(() => Slots(workers[0]) == 6, TimeSpan.FromSeconds(12));
        lines.Mend();
        await Eventually.True(() => workers.All(w => Slots(w) == 3));
    }

    [Fact]
    public async Task Three_workers_never_make_more_calls_at_the_same_time_than_the_account_may()
    {
        await using var riq = await Cluster(6);
        var workers = new List<WebApplication>();
        for (var w = 1; w <= 3; w++) workers.Add(await riq.StartWorker($"worker-{w}"));
        await Eventually.True(() => workers.TrueForAll(w => Slots(w) == 2));
        var held = new HeldCalls(riq.Service);
        var tokens = await Task.WhenAll(Enumerable.Range(0, 90).Select(i => riq.Api.Submit(text: $"n{i}")));
        // All slots are taken, and the others wait before the gates.
        await Eventually.True(() => held.Arrived == 6);
        await Eventually.True(() => workers.Sum(w => w.Services.GetRequiredService<Gates>().Of("fake").Waiting) > 0);
        held.Release();
        await riq.AllComplete(tokens);
        Assert.Equal(6, riq.Service.MostRunning);
    }

    [Fact]
    public async Task An_adaptive_limit_climbs_while_calls_are_fast_and_falls_while_they_time_out_and_operators_see_it()
    {
        await using var riq = (await RiqCluster.Create()).With("Services:fake:Concurrency", 3).With("Services:fake:Timeout", "00:00:00.400")
            .With("Services:fake:AdaptiveConcurrency:Enabled", true).With("Services:fake:AdaptiveConcurrency:Window", "00:00:00.200").With("Services:fake:AdaptiveConcurrency:Max", 12);
        await riq.StartApi();
        var worker = await riq.StartWorker();
        riq.Service.Takes(TimeSpan.FromMilliseconds(20));
        var load = Task.Run(async () =>
        {
            for (var i = 0; i < 1500 && Slots(worker) < 10; i += 50) await riq.AllComplete(await Task.WhenAll(Enumerable.Range(0, 50).Select(n => riq.Api.Submit(text: $"n{n}"))));
        });
        await Eventually.True(() => Slots(worker) >= 10, TimeSpan.FromSeconds(60));
        await load;
        await Eventually.True(async () => await worker.Metric("riq_concurrency_limit{service=\"fake\"}") >= 10);

        riq.Service.Answer = async (_, stop) => { await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop); throw new InvalidOperationException(); };
        await Task.WhenAll(Enumerable.Range(0, 60).Select(n => riq.Api.Submit("fake.read", $"slow {n}", new { max_retries = 0 })));
        await Eventually.True(() => Slots(worker) == 2, TimeSpan.FromSeconds(60));
        var limits = (await RiqApi.Json(await riq.Api.Get("/api/queue/services"))).GetProperty("items")[0].GetProperty("limits");
        Assert.True(limits.GetProperty("adaptive").GetBoolean());
        Assert.InRange(limits.GetProperty("concurrency_now").GetInt32(), 2, 12);
    }
}
