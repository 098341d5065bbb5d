using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Riq.Engine.Observability;
using Riq.Engine.Outbox;

namespace Riq.Engine.Bus;

/// <summary>
/// Connects the endpoints beside the work queues (<c>riq.submit</c>, <c>riq.commands</c>, events) and looks after them. After an outage
/// MassTransit waits up to half a minute before it tries to connect again, and it does not notice everything: an endpoint without a
/// consumer, without a queue, or idle before waiting messages is connected anew.
/// </summary>
sealed class BusEndpointWatch(IEnumerable<BusEndpoint> endpoints, BrokerPublisher broker, RiqOptions options, TimeProvider time, ILogger<BusEndpointWatch> log) : BackgroundService
{
    // At one look MassTransit may just be about to connect.
    const int LooksBeforeConnecting = 2;

    static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    readonly Dictionary<BusEndpoint, int> _looksWithout = endpoints.ToDictionary(e => e, _ => 0);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var endpoint in _looksWithout.Keys) endpoint.Connect();
        return base.StartAsync(cancellationToken);
    }

    /// <summary>The bus is stopped after this: by then no endpoint is half connected.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var limit = new CancellationTokenSource(StopLimit, time);
        try { await Task.WhenAll(endpoints.Select(e => e.Settled)).WaitAsync(limit.Token); }
        catch (OperationCanceledException) { log.EndpointsNotSettled(); }
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(options.StuckAfter / 3, time);
        while (await timer.WaitForNextTickAsync(stop))
            foreach (var endpoint in endpoints) await Look(endpoint);
    }

    async Task Look(BusEndpoint endpoint)
    {
        try
        {
            var (isThere, waiting) = await Ask(endpoint.Queue);
            Show(endpoint, waiting);
            _looksWithout[endpoint] = isThere && endpoint.IsReady ? 0 : _looksWithout[endpoint] + 1;
            if (_looksWithout[endpoint] >= LooksBeforeConnecting) await Restart(endpoint, log.EndpointNotConnected);
            else if (waiting > 0 && !endpoint.IsBusy && endpoint.SinceActivity >= options.StuckAfter) await Restart(endpoint, log.EndpointStuck);
        }
        catch (Exception e) when (BrokerPublisher.IsOutage(e))
        {
            _looksWithout[endpoint] = 0;   // nothing can be connected
            RiqMetrics.BusEndpointReady.WithLabels(endpoint.Name).Set(0);
            log.BrokerAway(e.Message);
        }
    }

    async Task<(bool IsThere, long Waiting)> Ask(string? queue)
    {
        if (queue is null) return broker.IsConnected ? (true, 0) : throw new BrokerAwayException();
        return await broker.CountReady(queue) is { } waiting ? (true, waiting) : (false, 0);
    }

    static void Show(BusEndpoint endpoint, long waiting)
    {
        RiqMetrics.BusEndpointReady.WithLabels(endpoint.Name).Set(endpoint.IsReady ? 1 : 0);
        if (endpoint.Queue is not { } queue) return;
        RiqMetrics.BusQueueMessages.WithLabels(queue).Set(waiting);
        RiqMetrics.BusQueueStalled.WithLabels(queue).Set(waiting > 0 ? endpoint.SinceActivity.TotalSeconds : 0);
    }

    async Task Restart(BusEndpoint endpoint, Action<string> tell)
    {
        tell(endpoint.Name);
        _looksWithout[endpoint] = 0;
        using var limit = new CancellationTokenSource(StopLimit, time);
        try { await endpoint.Stop(limit.Token); }
        catch (OperationCanceledException) { log.EndpointNotStopped(endpoint.Name); }
        endpoint.Connect();
    }
}
