using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Riq.Engine.Execution;
using Riq.Engine.Gate;
using Riq.Engine.Outbox;
using Riq.Engine.Requests;
using Riq.Engine.Submission;

namespace Riq.Engine.Bus;

/// <summary>One work queue, <c>riq.&lt;service&gt;.&lt;priority&gt;</c>, and when this process last got anything from it.</summary>
sealed class WorkQueue(string service, string priority, int prefetch, TimeProvider time)
{
    long _lastDelivery = time.GetTimestamp();

    public string Service => service;
    public string Priority => priority;
    /// <summary>The most messages of it that this process holds.</summary>
    public int Prefetch => prefetch;
    public string Name { get; } = Destinations.WorkQueue(service, priority);
    /// <summary>Null while it is stopped on purpose: messages lie in RabbitMQ.</summary>
    public HostReceiveEndpointHandle? Endpoint { get; set; }

    public TimeSpan SinceLastDelivery => time.GetElapsedTime(Volatile.Read(ref _lastDelivery));

    public void Delivered() => Volatile.Write(ref _lastDelivery, time.GetTimestamp());
}

/// <summary>The receive endpoints of this worker: three for each service, connected when the bus has started.</summary>
sealed class WorkEndpoints(IReceiveEndpointConnector connector, Executor executor, OperationCatalog catalog, RiqOptions options, TimeProvider time, ILogger<WorkEndpoints> log) : IHostedService
{
    // In flight: what the slots run, as much again waiting for them, and what has left its slot and is being stored. With
    // less, a slot falls free with nobody of high priority at hand and a lower one gets in; with more, messages lie here
    // that an idle worker could run.
    public const int StoringAllowance = 8;

    // Of one queue; three share the rate.
    const int LongestWaitMinutes = 5;

    /// <summary>How long a stuck endpoint may take to stop before a new one is connected all the same.</summary>
    static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    // The adapter's longest call and the storing of its outcome; a stop waits for the calls under way.
    static readonly TimeSpan FinishLimit = TimeSpan.FromSeconds(60);

    // Whoever stops or starts endpoints of a service does it in turn.
    readonly Dictionary<string, SemaphoreSlim> _turns = catalog.Services.ToDictionary(s => s, _ => new SemaphoreSlim(1, 1));

    public IReadOnlyList<WorkQueue> Queues { get; } =
        [.. from service in catalog.Services from priority in Priorities.All select new WorkQueue(service, priority, PrefetchOf(options.Of(service), service), time)];

    // While the bus was starting, whoever watches the services may have connected some already.
    public Task StartAsync(CancellationToken cancellation) => Task.WhenAll(catalog.Services.Select(Start));

    // The bus stops its endpoints itself.
    public Task StopAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Whether the service's messages stay in RabbitMQ.</summary>
    public bool AreStopped(string service) => QueuesOf(service).All(q => q.Endpoint is null);

    /// <summary>Lets the service's messages lie in RabbitMQ from now on. Ends when what had come already is finished.</summary>
    public Task Stop(string service) => InTurn(service, () => Task.WhenAll(QueuesOf(service).Select(async queue =>
    {
        await Stop(queue, FinishLimit);
        queue.Endpoint = null;
    })));

    /// <summary>Takes the service's messages again.</summary>
    public Task Start(string service) => InTurn(service, () =>
    {
        foreach (var queue in QueuesOf(service).Where(q => q.Endpoint is null)) Connect(queue);
        return Task.CompletedTask;
    });

    /// <summary>Gives the endpoint a new channel and consumer, unless it is stopped on purpose.</summary>
    public Task Restart(WorkQueue queue) => InTurn(queue.Service, async () =>
    {
        if (queue.Endpoint is null) return;
        log.EndpointStuck(queue.Name);
        await Stop(queue, StopLimit);
        Connect(queue);
    });

    IEnumerable<WorkQueue> QueuesOf(string service) => Queues.Where(q => q.Service == service);

    async Task Stop(WorkQueue queue, TimeSpan within)
    {
        if (queue.Endpoint is not { } endpoint) return;
        using var limit = new CancellationTokenSource(within, time);
        // MassTransit itself does not always hear of the limit.
        try { await endpoint.StopAsync(limit.Token).WaitAsync(limit.Token); }
        catch (OperationCanceledException) { log.EndpointNotStopped(queue.Name); }
    }

    async Task InTurn(string service, Func<Task> work)
    {
        var turn = _turns[service];
        await turn.WaitAsync();
        try { await work(); }
        finally { turn.Release(); }
    }

    // With a low rate fewer: a message that waits here for half an hour is taken back by RabbitMQ.
    static int PrefetchOf(ServiceOptions service, string name)
    {
        var inFlight = 2 * service.MostConcurrencyOf(name) + StoringAllowance;
        return service.RateOf(name).PerMinute is > 0 and var rate ? Math.Clamp(LongestWaitMinutes * rate, 1, inFlight) : inFlight;
    }

    void Connect(WorkQueue queue)
    {
        queue.Delivered();   // a fresh start for the watchdog
        queue.Endpoint = connector.ConnectReceiveEndpoint(queue.Name, (_, endpoint) =>
        {
            endpoint.ConfigureConsumeTopology = false;
            endpoint.PublishFaults = false;
            endpoint.PrefetchCount = queue.Prefetch;
            if (options.QuorumQueues && endpoint is IRabbitMqReceiveEndpointConfigurator rabbit) rabbit.SetQuorumQueue();
            endpoint.Consumer(() => new ExecuteRequestConsumer(executor, queue));
        });
    }
}

/// <summary>Takes commands from one work queue to the executor. It never throws for an outage: see <see cref="Executor"/>.</summary>
sealed class ExecuteRequestConsumer(Executor executor, WorkQueue queue) : IConsumer<ExecuteRequest>
{
    public Task Consume(ConsumeContext<ExecuteRequest> context)
    {
        queue.Delivered();
        return executor.Run(context.Message, queue.Service, queue.Priority);
    }
}
