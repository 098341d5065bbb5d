using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Riq.Engine.Gate;
using Riq.Engine.Outbox;

namespace Riq.Engine.Bus;

/// <summary>
/// Notices a bus that calls itself healthy and delivers nothing (seen after the death of a cluster node): messages are
/// ready in a queue, this worker has free slots, and nothing came for <see cref="RiqOptions.StuckAfter"/>. Then the
/// endpoint is connected anew.
/// </summary>
sealed class EndpointWatchdog(WorkEndpoints endpoints, BrokerPublisher broker, Gates gates, RiqOptions options, TimeProvider time, ILogger<EndpointWatchdog> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(options.StuckAfter / 3, time);
        while (await timer.WaitForNextTickAsync(stop))
            foreach (var queue in endpoints.Queues) await Check(queue);
    }

    async Task Check(WorkQueue queue)
    {
        var gate = gates.Of(queue.Service);
        if (queue.Endpoint is null || gate.State != GateState.Open) return;   // on purpose: the service is not called at the moment
        if (queue.SinceLastDelivery < options.StuckAfter || gate.InUse > 0 || gate.Waiting > 0) return;   // waiting with free slots: for tokens
        try
        {
            if (await broker.CountReady(queue.Name) is > 0) await endpoints.Restart(queue);
        }
        catch (Exception e) when (BrokerPublisher.IsOutage(e)) { log.BrokerAway(e.Message); }
    }
}
