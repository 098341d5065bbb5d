using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Execution;

/// <summary>A worker that is stopped the way an operator or a deployment stops it.</summary>
public sealed class ShutdownTests
{
    [Fact]
    public async Task The_running_call_finishes_and_what_waits_is_finished_by_another_worker_without_a_counted_failure()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Services:fake:Concurrency", 1);
        var leaving = await riq.StartWorker("leaving");
        await riq.StartApi();
        var held = HeldCalls.First(riq.Service);
        var running = await riq.Api.Submit(text: "running");
        await Eventually.True(() => held.Arrived == 1);
        var waiting = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => riq.Api.Submit(text: $"n{i}", more: new { max_retries = 0 })));
        await Eventually.True(async () => await riq.Broker.Messages("riq.fake.normal") == 31);
        await riq.StartWorker("staying");

        var stopping = riq.Stop(leaving);
        foreach (var token in waiting) Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        Assert.False(stopping.IsCompleted);   // it waits for its call
        Assert.Equal("processing", (await riq.Stored(running)).Status);
        held.Release();
        await stopping;

        var done = await riq.Stored(running);
        Assert.Equal(("completed", 1, "leaving"), (done.Status, done.Attempt, done.Worker));
        var rest = await Task.WhenAll(waiting.Select(riq.Stored));
        Assert.All(rest, r => Assert.Equal(("staying", 0, 0), (r.Worker, r.RetryCount, r.Crashes)));
        Assert.All(rest, r => Assert.Equal(r.Attempt - 1, r.Deferrals));
        Assert.Contains(rest, r => r.Deferrals > 0);
        Assert.Equal(31, riq.Service.Calls.Count);
        Assert.Empty(await riq.FaultQueues());
    }

    [Fact]
    public async Task A_stopping_worker_gives_back_only_what_it_holds()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Services:fake:Concurrency", 1);
        var worker = await riq.StartWorker("leaving");
        await riq.StartApi();
        var held = HeldCalls.First(riq.Service);
        await riq.Api.Submit(text: "running");
        await Eventually.True(() => held.Arrived == 1);
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => riq.Api.Submit(text: $"n{i}")));
        await Eventually.True(async () => await riq.Broker.Messages("riq.fake.normal") == 301);

        var stopping = riq.Stop(worker);
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from queue_requests where deferrals > 0") > 0);
        held.Release();
        await stopping;
        // Everything else kept its place in the queue.
        Assert.InRange(await riq.Database.Scalar<long>("select sum(deferrals) from queue_requests"), 1, 20);
        await riq.StartWorker("next");
        await Eventually.True(() => riq.Service.Calls.Count == 301);
    }

    [Fact]
    public async Task Stopping_with_Postgres_away_ends_and_what_it_held_is_done_later()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Services:fake:Concurrency", 1);
        var lines = riq.NewLines();
        var leaving = await riq.StartWorker("leaving", lines);
        await riq.StartApi();
        var held = HeldCalls.First(riq.Service);
        var running = await riq.Api.Submit("fake.safe_write", "running");
        await Eventually.True(() => held.Arrived == 1);
        var waiting = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => riq.Api.Submit(text: $"n{i}")));
        lines.Postgres.Cut();
        held.Release();
        var stopping = riq.Stop(leaving);
        await riq.StartWorker("staying");
        foreach (var token in waiting) Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        lines.Postgres.Restore();
        await stopping;
        Assert.Equal("completed", (await riq.Api.End(running)).GetProperty("status").GetString());
        Assert.Single(riq.Service.Calls, c => c.Marker == running);
    }
}
