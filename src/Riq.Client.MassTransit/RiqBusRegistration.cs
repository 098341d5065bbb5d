using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Riq.Client.Http;
using Riq.Contracts;

namespace Riq.Client.MassTransit;

/// <summary>Makes RIQ's client use an application's bus.</summary>
public static class RiqBusRegistration
{
    /// <summary>
    /// Call it inside <c>AddMassTransit</c>, beside <c>AddRiqClient</c>: submissions and cancellations then go over the bus, and the ends of requests are
    /// heard from it; results are read over HTTP. The application's bus must call <c>ConfigureEndpoints</c>, and its RabbitMQ user must belong to the
    /// same client as its API key (RIQ's setting <c>Riq:Bus:Clients</c>).
    /// </summary>
    public static void AddRiqBusGateway(this IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<EndedConsumer>().Endpoint(endpoint =>
        {
            // Of this process alone, and gone with it: everybody who waits hears every end.
            endpoint.Name = $"riq-client-{Guid.NewGuid():N}";
            endpoint.Temporary = true;
        });
        bus.TryAddSingleton<EndedRequests>();
        bus.TryAddSingleton(p => new BusQueueGateway(
            p.GetRequiredService<IBus>(), p.GetRequiredService<HttpQueueGateway>(), p.GetRequiredService<EndedRequests>(), p.GetRequiredService<IOptions<RiqClientOptions>>(), p.GetRequiredService<TimeProvider>()));
        bus.Replace(ServiceDescriptor.Singleton<IQueueGateway>(p => p.GetRequiredService<BusQueueGateway>()));
    }
}
