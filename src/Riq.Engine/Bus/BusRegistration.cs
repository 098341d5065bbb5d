using System.Net.Security;
using System.Security.Authentication;
using MassTransit;
using MassTransit.Saga;
using Microsoft.Extensions.DependencyInjection;
using Riq.Engine.Outbox;
using Riq.Engine.Requests;
using Riq.Engine.Results;
using Riq.Engine.Storage;

namespace Riq.Engine.Bus;

/// <summary>MassTransit on RabbitMQ, as the workers and as the API processes use it.</summary>
static class BusRegistration
{
    /// <summary>Queue for commands about requests: <c>CancelRequest</c>, <c>RetryDeadLetter</c>.</summary>
    public const string CommandQueue = "riq.commands";

    /// <summary>Queue for submissions: <c>SubmitRequest</c>.</summary>
    public const string SubmitQueue = "riq.submit";

    static readonly TimeSpan OutageRetryDelay = TimeSpan.FromSeconds(1);

    public static void AddWorkerBus(this IServiceCollection services)
    {
        services.AddRiqBus();
        services.AddEndpoint(CommandQueue, Commands);
        services.AddHostedService<BusEndpointWatch>();
    }

    public static void AddApiBus(this IServiceCollection services)
    {
        services.AddRiqBus();
        services.AddEndpoint(SubmitQueue, Submissions);
        services.AddSingleton(p => new BusEndpoint(queue: null,
            self => p.GetRequiredService<IReceiveEndpointConnector>().ConnectReceiveEndpoint(new TemporaryEndpointDefinition("riq.ended"), null, (_, endpoint) => { self.Watch(endpoint); Ended(p, endpoint); }),
            p.GetRequiredService<TimeProvider>()));
        services.AddHostedService<BusEndpointWatch>();
    }

    static void AddEndpoint(this IServiceCollection services, string queue, Action<IServiceProvider, IRabbitMqReceiveEndpointConfigurator> configure) => services.AddSingleton(p => new BusEndpoint(queue,
        self => p.GetRequiredService<IReceiveEndpointConnector>().ConnectReceiveEndpoint(queue, (_, endpoint) => { self.Watch(endpoint); configure(p, (IRabbitMqReceiveEndpointConfigurator)endpoint); }),
        p.GetRequiredService<TimeProvider>()));

    static void Commands(IServiceProvider services, IRabbitMqReceiveEndpointConfigurator endpoint)
    {
        endpoint.PrefetchCount = 16;
        if (services.GetRequiredService<RiqOptions>().QuorumQueues) endpoint.SetQuorumQueue();
        endpoint.HoldDuringOutages();
        endpoint.StateMachineSaga(services.GetRequiredService<RequestStateMachine>(), new SagaRepository<QueueRequest>(services.GetRequiredService<RequestSagaRepository>(), null, null));
    }

    static void Ended(IServiceProvider services, IReceiveEndpointConfigurator endpoint)
    {
        endpoint.ConfigureConsumeTopology = false;
        endpoint.PrefetchCount = 200;
        endpoint.PublishFaults = false;
        ((IRabbitMqReceiveEndpointConfigurator)endpoint).Bind(Destinations.EndedExchange);
        var waiters = services.GetRequiredService<Waiters>();
        endpoint.Consumer(() => new RequestsEndedConsumer(waiters));
        endpoint.ConnectReceiveEndpointObserver(new WakeAllOnReconnect(waiters));
    }

    static void Submissions(IServiceProvider services, IRabbitMqReceiveEndpointConfigurator endpoint)
    {
        var options = services.GetRequiredService<RiqOptions>();
        // As many at a time as make full batches of the group commit.
        endpoint.PrefetchCount = options.Bus.SubmitPrefetch;
        endpoint.PublishFaults = false;
        if (options.QuorumQueues) endpoint.SetQuorumQueue();
        // Other languages send bare JSON, some without a content type.
        endpoint.UseRawJsonDeserializer(RawSerializerOptions.AnyMessageType, isDefault: true);
        endpoint.HoldDuringOutages();
        endpoint.Consumer(() => services.GetRequiredService<SubmitConsumer>());
    }

    // An outage never faults a message, however long it lasts: it is held and tried again.
    static void HoldDuringOutages(this IReceiveEndpointConfigurator endpoint) => endpoint.UseMessageRetry(retry =>
    {
        retry.Handle<Exception>(Database.IsOutage);
        retry.Incremental(int.MaxValue, OutageRetryDelay, TimeSpan.Zero);
    });

    // One after the other, from any on: else all processes would be connected to the first one, and all lose it at once.
    static void Spread(BrokerAddress server, IRabbitMqClusterConfigurator cluster)
    {
        var (places, first) = (server.Places.ToArray(), Random.Shared.Next(server.Nodes.Count));
        foreach (var (host, port) in places.Skip(first).Concat(places.Take(first))) cluster.Node($"{host}:{port}");
    }

    // By itself MassTransit speaks TLS on port 5671 only, with an old version of it, and takes certificates that nobody known has signed.
    static void Verified(IRabbitMqSslConfigurator ssl, string host)
    {
        ssl.ServerName = host;
        ssl.Protocol = SslProtocols.None;   // whatever the system thinks is safe
        ssl.EnforcePolicyErrors(SslPolicyErrors.RemoteCertificateChainErrors | SslPolicyErrors.RemoteCertificateNameMismatch | SslPolicyErrors.RemoteCertificateNotAvailable);
    }

    static void AddRiqBus(this IServiceCollection services)
    {
        services.AddMassTransit(x =>
        {
            x.DisableUsageTelemetry();
            x.UsingRabbitMq((context, bus) =>
            {
                var options = context.GetRequiredService<RiqOptions>();
                var server = options.Broker;
                bus.Host(server.Nodes[0], $"riq-bus {options.Worker}", host =>
                {
                    host.Heartbeat(TimeSpan.FromSeconds(10));
                    host.RequestedConnectionTimeout(BrokerAddress.ConnectLimit);
                    if (server.Nodes.Count > 1) host.UseCluster(cluster => Spread(server, cluster));
                    if (server.IsTls) host.UseSsl(ssl => Verified(ssl, server.Nodes[0].Host));
                });
                bus.ConnectReceiveObserver(context.GetRequiredService<UnreadableMessages>());
            });
        });
        services.RemoveMassTransitHostedService();
        services.AddHostedService<BusHost>();
    }
}
