using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Riq.Bench.Peers;

/// <summary>
/// The textbook way with MassTransit: a saga that sends a command and hears of its end, three messages for each job. Its state is in memory and
/// nothing is stored in a database: an upper bound of that way, not a thing to be used.
/// </summary>
sealed class SagaPeer : IAsyncDisposable
{
    const int AtOnce = 64;

    readonly ServiceProvider _services;

    SagaPeer(ServiceProvider services) => _services = services;

    public static async Task<SagaPeer> Start(string rabbitMq)
    {
        var services = new ServiceCollection().AddLogging();
        services.AddMassTransit(x =>
        {
            x.DisableUsageTelemetry();
            x.AddSagaStateMachine<JobMachine, JobState>().InMemoryRepository();
            x.AddConsumer<JobConsumer>();
            x.UsingRabbitMq((context, bus) =>
            {
                bus.Host(new Uri(rabbitMq));
                bus.PrefetchCount = 2 * AtOnce;
                bus.ConfigureEndpoints(context);
            });
        });
        var provider = services.BuildServiceProvider();
        await provider.GetRequiredService<IBusControl>().StartAsync();
        return new(provider);
    }

    public Task Submit(int jobs)
    {
        var (bus, left) = (_services.GetRequiredService<IBus>(), jobs);
        return Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ => { while (Interlocked.Decrement(ref left) >= 0) await bus.Publish(new JobSubmitted(Guid.NewGuid())); }));
    }

    public async ValueTask DisposeAsync()
    {
        await _services.GetRequiredService<IBusControl>().StopAsync();
        await _services.DisposeAsync();
    }
}

public sealed record JobSubmitted(Guid CorrelationId);

public sealed record RunJob(Guid CorrelationId);

public sealed record JobRan(Guid CorrelationId);

public sealed class JobState : SagaStateMachineInstance
{
    public Guid CorrelationId { get; set; }
    public string CurrentState { get; set; } = "";
}

public sealed class JobMachine : MassTransitStateMachine<JobState>
{
    public JobMachine()
    {
        InstanceState(x => x.CurrentState);
        Event(() => Submitted, e => e.CorrelateById(m => m.Message.CorrelationId));
        Event(() => Ran, e => e.CorrelateById(m => m.Message.CorrelationId));
        Initially(When(Submitted).Publish(c => new RunJob(c.Saga.CorrelationId)).TransitionTo(Running));
        During(Running, When(Ran).Finalize());
        SetCompletedWhenFinalized();
    }

    public State Running { get; private set; } = null!;
    public Event<JobSubmitted> Submitted { get; private set; } = null!;
    public Event<JobRan> Ran { get; private set; } = null!;
}

public sealed class JobConsumer : IConsumer<RunJob>
{
    public async Task Consume(ConsumeContext<RunJob> context)
    {
        await Job.Run();
        await context.Publish(new JobRan(context.Message.CorrelationId));
    }
}
