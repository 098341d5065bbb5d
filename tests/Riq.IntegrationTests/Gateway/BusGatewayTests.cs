using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Riq.Client;
using Riq.Client.MassTransit;
using Riq.Contracts;
using Riq.IntegrationTests.Api;

namespace Riq.IntegrationTests.Gateway;

public sealed class BusGatewayTests(RunningCluster cluster) : QueueGatewaySuite(cluster), IClassFixture<RunningCluster>
{
    IHost _application = null!;

    protected override async Task<IQueueGateway> Open()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddRiqClient(o => (o.Url, o.SubmitTimeout) = (Cluster.Api.Http.BaseAddress, TimeSpan.FromSeconds(30)));
        builder.Services.AddMassTransit(x =>
        {
            x.DisableUsageTelemetry();
            x.AddRiqBusGateway();
            x.UsingRabbitMq((context, bus) =>
            {
                bus.Host(new Uri(Cluster.Riq.Broker.Uri));
                bus.ConfigureEndpoints(context);
            });
        });
        _application = builder.Build();
        await _application.StartAsync();
        return _application.Services.GetRequiredService<IQueueGateway>();
    }

    public override async Task DisposeAsync()
    {
        await _application.StopAsync();
        _application.Dispose();
    }
}
