using MassTransit;

namespace Riq.IntegrationTests.Cluster;

/// <summary>Another program with a MassTransit bus on the same virtual host.</summary>
public sealed class BusClient : IAsyncDisposable
{
    readonly IBusControl _bus;

    BusClient(IBusControl bus) => _bus = bus;

    public static async Task<BusClient> Connect(RiqCluster riq)
    {
        var bus = MassTransit.Bus.Factory.CreateUsingRabbitMq(b => b.Host(new Uri(riq.Broker.Uri)));
        await bus.StartAsync(CancellationToken.None);
        return new(bus);
    }

    public async Task Command<T>(T command) where T : class
    {
        var endpoint = await _bus.GetSendEndpoint(new("queue:riq.commands"));
        await endpoint.Send(command);
    }

    public async ValueTask DisposeAsync() => await _bus.StopAsync(CancellationToken.None);
}
