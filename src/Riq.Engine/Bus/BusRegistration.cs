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

    static readonly TimeSpan OutageRetryDelay = TimeSpan.FromSeconds(1);

    public static void AddWorkerBus(this IServiceCollection services) => services.AddRiqBus((context, bus) =>
        bus.ReceiveEndpoint(CommandQueue, endpoint =>
        {
            endpoint.PrefetchCount = 16;
            // An outage never faults a command, however long it lasts: the message is held and tried again.
            endpoint.UseMessageRetry(retry =>
            {
                retry.Handle<Exception>(Database.IsOutage);
                retry.Incremental(int.MaxValue, OutageRetryDelay, TimeSpan.Zero);
            });
            endpoint.StateMachineSaga(context.GetRequiredService<RequestStateMachine>(),
                new SagaRepository<QueueRequest>(context.GetRequiredService<RequestSagaRepository>(), null, null));
        }));

    public static void AddApiBus(this IServiceCollection services) => services.AddRiqBus((context, bus) =>
        bus.ReceiveEndpoint(new TemporaryEndpointDefinition("riq.ended"), endpoint =>
        {
            endpoint.ConfigureConsumeTopology = false;
            endpoint.PrefetchCount = 200;
            endpoint.PublishFaults = false;
            ((IRabbitMqReceiveEndpointConfigurator)endpoint).Bind(Destinations.EndedExchange);
            var waiters = context.GetRequiredService<Waiters>();
            endpoint.Consumer(() => new RequestsEndedConsumer(waiters));
            endpoint.ConnectReceiveEndpointObserver(new WakeAllOnReconnect(waiters));
        }));

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
                bus.Host(new Uri(options.RabbitMq), $"riq-bus {options.Worker}", host => host.Heartbeat(TimeSpan.FromSeconds(10)));
                configure(context, bus);
            });
        });
    }
}
