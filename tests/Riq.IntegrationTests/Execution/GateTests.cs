using Microsoft.Extensions.DependencyInjection;
using Riq.Engine.Gate;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Execution;

/// <summary>The gate of each service: never too many calls, the urgent ones first, and no service at another's mercy.</summary>
public sealed class GateTests
{
    [Fact]
    public async Task Never_more_calls_run_than_the_worker_has_slots()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Services:fake:Concurrency", 4);
        await riq.StartWorker();
        await riq.StartApi();
        // Calls overlap as much as the gate lets them: each waits for a fourth one or for the last.
        using var together = new SemaphoreSlim(0);
        var running = 0;
        riq.Service.Answer = async (call, _) =>
        {
            if (Interlocked.Increment(ref running) % 4 == 0) together.Release(4);
            await together.WaitAsync(CancellationToken.None);
            return FakeService.Ok(call.Payload);
        };
        string[] priorities = ["high", "normal", "low"];
        var tokens = await Task.WhenAll(Enumerable.Range(0, 120).Select(i => riq.Api.Submit(text: $"n{i}", more: new { priority = priorities[i % 3] })));
        foreach (var token in tokens) Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        Assert.Equal(4, riq.Service.MostRunning);
    }

    [Fact]
    public async Task Of_300_that_wait_for_one_slot_all_high_run_before_all_normal_before_all_low()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Services:fake:Concurrency", 1);
        var gate = (await riq.StartWorker()).Services.GetRequiredService<Gates>().Of("fake");
        await riq.StartApi();
        var held = HeldCalls.First(riq.Service);
        await riq.Api.Submit(text: "first", more: new { priority = "low" });
        await Eventually.True(() => held.Arrived == 1);
        foreach (var priority in new[] { "low", "normal", "high" })
            await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => riq.Api.Submit(text: priority, more: new { priority })));
        foreach (var priority in new[] { "low", "normal", "high" })
            await Eventually.True(async () => await riq.Broker.Messages($"riq.fake.{priority}") >= 100);
        // No call is shorter than the way of an acknowledgement to the broker and of the next message back to the gate: when
        // the slot frees up, all that this worker may hold of the other queues waits, and at least one of the running one's.
        const int Prefetch = 2 * 1 + 8;
        var left = new Dictionary<string, int> { ["high"] = 100, ["normal"] = 100, ["low"] = 100 };
        riq.Service.Answer = async (call, _) =>
        {
            var running = call.Payload.GetProperty("text").GetString()!;
            left[running]--;
            var here = left.Sum(q => Math.Min(q.Value, q.Key == running ? 1 : Prefetch));
            await Eventually.True(() => gate.Waiting >= here);
            return FakeService.Ok(call.Payload);
        };
        held.Release();

        await Eventually.True(() => riq.Service.Calls.Count == 301);
        var order = riq.Service.Calls.Skip(1).Select(c => c.Payload.GetProperty("text").GetString()!).ToArray();
        string[] expected = [.. Enumerable.Repeat("high", 100), .. Enumerable.Repeat("normal", 100), .. Enumerable.Repeat("low", 100)];
        Assert.Equal(expected, order);
    }

    [Fact]
    public async Task What_waits_longer_than_the_aging_time_goes_ahead_of_higher_priorities()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Services:fake:Concurrency", 1).With("Services:fake:Aging", "00:00:00.300");
        await riq.StartWorker();
        await riq.StartApi();
        var held = HeldCalls.First(riq.Service);
        await riq.Api.Submit(text: "first");
        await Eventually.True(() => held.Arrived == 1);
        var low = await riq.Api.Submit(text: "low", more: new { priority = "low" });
        await Eventually.True(async () => await riq.Database.Scalar<bool>("select now() - created_at > interval '1 second' from queue_requests where token = $1", low));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => riq.Api.Submit(text: "high", more: new { priority = "high" })));
        held.Release();
        await Eventually.True(() => riq.Service.Calls.Count == 22);
        Assert.Equal(low, riq.Service.Calls.ElementAt(1).Marker);
    }

    [Fact]
    public async Task A_service_that_hangs_does_not_delay_another()
    {
        var (hanging, lively) = (new FakeService("hanging"), new FakeService("lively"));
        await using var riq = await RiqCluster.Create(hanging, lively);
        await riq.StartWorker();
        await riq.StartApi();
        var held = new HeldCalls(hanging);
        var stuck = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => riq.Api.Submit("hanging.read")));
        await Eventually.True(() => held.Arrived == 5);

        var free = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => riq.Api.Submit("lively.read")));
        foreach (var token in free) Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        Assert.Equal(5, held.Arrived);
        Assert.Equal(0, held.Ended);
        held.Release();
        foreach (var token in stuck) Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
    }
}
