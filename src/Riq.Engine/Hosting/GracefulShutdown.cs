using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Riq.Engine.Gate;
using Riq.Engine.Outbox;

namespace Riq.Engine.Hosting;

/// <summary>
/// Before anything else stops: no new work enters, deliveries that wait at a gate go back to the queue, and what they
/// cause is left to other relays. Calls under way run to their end.
/// </summary>
sealed class GracefulShutdown(Gates gates, OutboxRelay relay, ILogger<GracefulShutdown> log) : IHostedLifecycleService
{
    public Task StoppingAsync(CancellationToken cancellation)
    {
        log.ShuttingDown();
        relay.TakeNoMore();
        gates.CloseAll();
        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellation) => Task.CompletedTask;
    public Task StartAsync(CancellationToken cancellation) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken cancellation) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellation) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellation) => Task.CompletedTask;
}
