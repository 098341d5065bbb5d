using MassTransit;
using Riq.Engine.Execution;
using Riq.Engine.Results;

namespace Riq.Engine.Bus;

/// <summary>Wakes the clients of this process that wait for one of the requests. An event that comes twice wakes nobody the second time.</summary>
sealed class RequestsEndedConsumer(Waiters waiters) : IConsumer<RequestsEnded>
{
    public Task Consume(ConsumeContext<RequestsEnded> context)
    {
        foreach (var id in context.Message.Ids) waiters.Wake(id);
        return Task.CompletedTask;
    }
}

/// <summary>While this endpoint was not connected, events went past it: when it is back, everybody looks once.</summary>
sealed class WakeAllOnReconnect(Waiters waiters) : IReceiveEndpointObserver
{
    public Task Ready(ReceiveEndpointReady ready) { waiters.WakeAll(); return Task.CompletedTask; }
    public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;
    public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;
    public Task Faulted(ReceiveEndpointFaulted faulted) => Task.CompletedTask;
}
