using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Riq.Engine.Observability;

namespace Riq.Engine.Bus;

/// <summary>
/// Starts the bus without waiting for RabbitMQ, and stops it within a time. MassTransit's own service waits for ever when the
/// channel of an endpoint was closed while it declared its queue. What such an endpoint holds goes back to its queue when the process ends.
/// </summary>
sealed class BusHost(IBusDepot depot, TimeProvider time, ILogger<BusHost> log) : IHostedService
{
    // Consumers run to their end before: a call under way may take the whole time of its operation.
    public static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var starting = depot.Start(cancellationToken);
        return starting.IsCompleted ? starting : Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(StopLimit, time);
        try { await depot.Stop(limit.Token).WaitAsync(limit.Token); }
        catch (OperationCanceledException) { log.BusNotStopped(StopLimit.TotalSeconds); }
    }
}
