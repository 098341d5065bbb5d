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

    public static void AddWorkerBus(this IServiceCollection services) => services.AddRiqBus((context, bus) =>
        bus.ReceiveEndpoint(CommandQueue, endpoint =>
        {
            endpoint.PrefetchCount = 16;
            endpoint.HoldDuringOutages();
            endpoint.StateMachineSaga(context.GetRequiredService<RequestStateMachine>(),
                new SagaRepository<QueueRequest>(context.GetRequiredService<RequestSagaRepository>(), null, null));
        }));

    public static void AddApiBus(this IServiceCollection services) => services.AddRiqBus((context, bus) =>
    {
        bus.ReceiveEndpoint(SubmitQueue, endpoint => Submissions(context, endpoint));
        bus.ReceiveEndpoint(new TemporaryEndpointDefinition("riq.ended"), endpoint =>
        {
            endpoint.ConfigureConsumeTopology = false;
            endpoint.PrefetchCount = 200;
            endpoint.PublishFaults = false;
            ((IRabbitMqReceiveEndpointConfigurator)endpoint).Bind(Destinations.EndedExchange);
            var waiters = context.GetRequiredService<Waiters>();
            endpoint.Consumer(() => new RequestsEndedConsumer(waiters));
            endpoint.ConnectReceiveEndpointObserver(new WakeAllOnReconnect(waiters));
        });
    });

    static void Submissions(IBusRegistrationContext context, IRabbitMqReceiveEndpointConfigurator endpoint)
    {
        var options = context.GetRequiredService<RiqOptions>();
        // As many at a time as make full batches of the group commit.
        endpoint.PrefetchCount = options.Bus.SubmitPrefetch;
        endpoint.PublishFaults = false;
        if (options.QuorumQueues) endpoint.SetQuorumQueue();
        // Other languages send bare JSON, some without a content type.
        endpoint.UseRawJsonDeserializer(RawSerializerOptions.AnyMessageType, isDefault: true);
        endpoint.HoldDuringOutages();
        endpoint.Consumer(() => context.GetRequiredService<SubmitConsumer>());
    }

    // An outage never faults a message, however long it lasts: it is held and tried again.
    static void HoldDuringOutages(this IReceiveEndpointConfigurator endpoint) => endpoint.UseMessageRetry(retry =>
    {
        retry.Handle<Exception>(Database.IsOutage);
        retry.Incremental(int.MaxValue, OutageRetryDelay, TimeSpan.Zero);
    });

    // By itself MassTransit speaks TLS on port 5671 only, with an old version of it, and takes certificates that nobody known has signed.
    static void Verified(IRabbitMqSslConfigurator ssl, string host)
    {
        ssl.ServerName = host;
        ssl.Protocol = SslProtocols.None;   // whatever the system thinks is safe
        ssl.EnforcePolicyErrors(SslPolicyErrors.RemoteCertificateChainErrors | SslPolicyErrors.RemoteCertificateNameMismatch | SslPolicyErrors.RemoteCertificateNotAvailable);
    }

    static void AddRiqBus(this IServiceCollection services, Action<IBusRegistrationContext, IRabbitMqBusFactoryConfigurator> configure)
    {
        // A process starts, and the API accepts requests, while RabbitMQ is away.
        services.AddOptions<MassTransitHostOptions>().Configure(o => { o.WaitUntilStarted = false; o.StopTimeout = TimeSpan.FromSeconds(30); });
        services.AddMassTransit(x =>
        {
            x.DisableUsageTelemetry();
            x.UsingRabbitMq((context, bus) =>
            {
                var options = context.GetRequiredService<RiqOptions>();
                var server = new Uri(options.RabbitMq);
                bus.Host(server, $"riq-bus {options.Worker}", host =>
                {
                    host.Heartbeat(TimeSpan.FromSeconds(10));
                    if (server.Scheme == "amqps") host.UseSsl(ssl => Verified(ssl, server.Host));
                });
                bus.ConnectReceiveObserver(context.GetRequiredService<UnreadableMessages>());
                configure(context, bus);
            });
        });
    }
}
