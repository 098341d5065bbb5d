using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Riq.Client;
using Riq.Client.MassTransit;
using Riq.Contracts;
using Riq.IntegrationTests.Api;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Gateway;

public sealed class BusGatewayTests(RunningCluster cluster) : QueueGatewaySuite(cluster), IClassFixture<RunningCluster>
{
    readonly List<IHost> _applications = [];

    protected override Task<IQueueGateway> Open() => Application(Cluster.Riq);

    async Task<IQueueGateway> Application(RiqCluster riq, TimeProvider? clock = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        if (clock is not null) builder.Services.AddSingleton(clock);
        builder.Services.AddRiqClient(o => (o.Url, o.SubmitTimeout) = (Cluster.Api.Http.BaseAddress, TimeSpan.FromMinutes(2)));
        builder.Services.AddOptions<MassTransitHostOptions>().Configure(o => o.WaitUntilStarted = true);
        builder.Services.AddMassTransit(x =>
        {
            x.DisableUsageTelemetry();
            x.AddRiqBusGateway();
            x.UsingRabbitMq((context, bus) =>
            {
                bus.Host(new Uri(riq.Broker.Uri));
                bus.ConfigureEndpoints(context);
            });
        });
        var application = builder.Build();
        _applications.Add(application);
        await application.StartAsync();
        return application.Services.GetRequiredService<IQueueGateway>();
    }

    public override async Task DisposeAsync()
    {
        foreach (var application in _applications)
        {
            await application.StopAsync();
            application.Dispose();
        }
    }

    sealed class StoppedClock : TimeProvider
    {
        sealed class NeverDue : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;
            public void Dispose() { }
            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }

        public override long GetTimestamp() => 0;
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new NeverDue();
    }

    [Fact]
    public async Task The_event_wakes_whoever_waits_and_not_the_next_look()
    {
        var gateway = await Application(Cluster.Riq, new StoppedClock());   // no look ever comes due
        var held = new HeldCalls(Cluster.Service);
        var token = (await gateway.Submit(Write("by event"))).Value!.Token;
        var waiting = gateway.Get(token, Long);
        await Eventually.True(() => held.Arrived == 1);
        Assert.False(waiting.IsCompleted);
        held.Release();
        Assert.True((await waiting.WaitAsync(Long)).Value!.Completed);
    }

    [Fact]
    public async Task What_is_asked_before_RIQ_has_ever_run_there_is_answered_once_it_runs()
    {
        await using var riq = await RiqCluster.Create();
        var gateway = await Application(riq);
        var cancelling = gateway.Cancel("req_00000000000000000000000000000000");   // to an exchange without a queue: lost without a word
        await Eventually.True(async () => await riq.Broker.HasExchange("riq.commands"));
        await riq.StartWorker();
        Assert.Equal(RefusalKind.NotFound, (await cancelling).Refusal!.Kind);
    }
}
