using Microsoft.Extensions.DependencyInjection;
using Riq.Contracts;
using Riq.Engine.Bus;
using Riq.Engine.Gate;
using Riq.Engine.Outbox;
using Riq.Engine.Sweepers;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Sweepers;

/// <summary>Many lost commands, rare ones, and those of a service that is not called at the moment.</summary>
public sealed class LostMessageTests
{
    [Fact]
    public async Task A_thousand_lost_commands_are_sent_again_in_one_sweep()
    {
        await using var riq = await RiqCluster.Create();
        riq.RabbitMq.Cut();
        riq.With("SweepInterval", "00:10:00");   // the first sweep is the only one
        await riq.StartApi();
        foreach (var hundred in Enumerable.Range(0, 12)) await Task.WhenAll(Enumerable.Range(0, 100).Select(i => riq.Api.Submit("fake.read", $"n{hundred}-{i}")));
        await riq.Database.Execute("delete from outbox");
        await riq.Database.Execute("update queue_requests set sent_at = now() - interval '1 hour'");
        riq.RabbitMq.Restore();
        var worker = await riq.StartWorker();
        var sweeper = worker.Services.GetServices<ISweeper>().Single(s => s.Name == "lost_messages");
        await Eventually.True(async () =>
        {
            try { await sweeper.Sweep(TimeSpan.Zero, CancellationToken.None); return true; }
            catch (BrokerAwayException) { return false; }
        });
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from queue_requests where status = 'completed'") == 1200, TimeSpan.FromMinutes(1));
        Assert.Equal(1200, riq.Service.Calls.Count);
    }

    [Fact]
    public async Task The_lost_command_of_an_outcome_check_is_sent_again_too()
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartApi();
        await riq.StartWorker();
        riq.Service.Answer = (_, _) => Task.FromResult(FakeService.Fail(ErrorCodes.Timeout, unclear: true));
        riq.Service.Search = (call, _) => Task.FromResult(riq.Service.Searches.Count == 1 ? FakeService.Says(new EffectSearch.NotFound()) : FakeService.IsThere(call));
        var token = await riq.Api.Submit("fake.create");
        // Between the first look and the second.
        await Eventually.True(() => riq.Service.Searches.Count == 1);
        await Eventually.True(async () => await riq.Database.Execute("delete from outbox o using queue_requests r where o.id = r.id and r.status = 'queued' and r.next_step = 'clear_up'") == 1);
        Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        Assert.Single(riq.Service.Calls);
    }

    [Fact]
    public async Task A_queue_purged_while_its_service_is_paused_gets_one_copy_of_each_command_and_no_more()
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartApi();
        var worker = await riq.StartWorker();
        using (await riq.Api.Post("/api/queue/services/fake/pause", new { })) { }
        await Eventually.True(() => worker.Services.GetRequiredService<Gates>().Of("fake").State == GateState.Blocked);
        await Eventually.True(() => worker.Services.GetRequiredService<WorkEndpoints>().AreStopped("fake"));
        var tokens = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => riq.Api.Submit(text: $"n{i}")));
        await Eventually.True(async () => await riq.Broker.Messages("riq.fake.normal") == 20);
        await riq.Broker.Purge("riq.fake.normal");
        await Eventually.True(async () => await riq.Broker.Messages("riq.fake.normal") == 20);

        // Many times the time after which a command counts as lost: they lie there, and that is seen.
        var since = await riq.Database.Scalar<DateTime>("select now()");
        await Eventually.True(async () => await riq.Database.Scalar<bool>("select now() > $1 + interval '5 seconds'", since));
        Assert.Equal(20, await riq.Broker.Messages("riq.fake.normal"));
        using (await riq.Api.Post("/api/queue/services/fake/resume", new { })) { }
        foreach (var token in tokens) Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        Assert.Equal(tokens.Order(), riq.Service.Calls.Select(c => c.Marker).Order());
    }
}
