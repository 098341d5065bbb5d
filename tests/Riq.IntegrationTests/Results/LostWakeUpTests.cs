using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Riq.Engine.Results;
using Riq.IntegrationTests.Api;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Results;

/// <summary>The event that wakes a waiting client is lost; the client learns of the end all the same, long before its time is over.</summary>
public sealed class LostWakeUpTests
{
    // Every waited-for request is looked up once in 10 s; the rest is for a busy machine.
    static readonly TimeSpan LookedUpWithin = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task When_the_exchange_of_the_event_was_deleted() => await LosesAndLearns(async riq =>
    {
        await riq.Broker.DeleteExchange("riq.ended");
    });

    [Fact]
    public async Task When_the_broker_has_lost_everything() => await LosesAndLearns(async riq => await riq.Broker.Wipe());

    [Fact]
    public async Task When_RabbitMQ_is_away() => await LosesAndLearns(riq =>
    {
        riq.RabbitMq.Cut();
        return Task.CompletedTask;
    });

    static async Task LosesAndLearns(Func<RiqCluster, Task> lose)
    {
        await using var riq = await RiqCluster.Create();
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        riq.Service.Answer = async (call, cancellation) => { await end.Task.WaitAsync(cancellation); return FakeService.Ok(call.Payload); };
        await riq.StartWorker();
        var api = await riq.StartApi();
        var token = await api.Submit();
        await Eventually.True(async () => await api.Status(token) == "processing");
        var waiting = api.Result(token, wait: 60);
        await Eventually.True(() => api.Host.Services.GetRequiredService<Waiters>().Count == 1);

        await lose(riq);
        var watch = Stopwatch.StartNew();
        end.SetResult();
        Assert.Equal("completed", (await waiting).Text("status"));
        Assert.True(watch.Elapsed < LookedUpWithin, $"Learned after {watch.Elapsed}.");
    }
}
