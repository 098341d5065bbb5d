using MassTransit;

namespace Riq.Engine.Bus;

/// <summary>A receive endpoint of this process that can be connected anew while the bus runs, and what is known of it.</summary>
/// <param name="queue">Null for a queue of this process alone, which nobody else knows.</param>
sealed class BusEndpoint(string? queue, Func<BusEndpoint, HostReceiveEndpointHandle> connect, TimeProvider time) : IFilter<ReceiveContext>
{
    HostReceiveEndpointHandle? _handle;
    Readiness _readiness = new();
    long _lastActivity = time.GetTimestamp();
    int _inProgress;

    public string? Queue => queue;
    public string Name => queue ?? "events";

    /// <summary>Whether its consumer is there, as far as MassTransit knows.</summary>
    public bool IsReady => _readiness.IsReady;

    /// <summary>Whether messages are being worked on, or held during an outage of Postgres.</summary>
    public bool IsBusy => Volatile.Read(ref _inProgress) > 0;

    /// <summary>Since a message was last taken or finished here.</summary>
    public TimeSpan SinceActivity => time.GetElapsedTime(Volatile.Read(ref _lastActivity));

    public void Connect()
    {
        Touch();
        _readiness = new();
        _handle = connect(this);
    }

    /// <summary>
    /// Ends when it is connected, or can't be. A bus that is stopped before that may never end: RabbitMQ.Client forgets who waits for a
    /// channel that is disposed of, and MassTransit waits for them without a limit.
    /// </summary>
    public Task Settled => _readiness.Settled;

    /// <exception cref="OperationCanceledException">It did not stop in time.</exception>
    public Task Stop(CancellationToken limit) => _handle?.StopAsync(limit).WaitAsync(limit) ?? Task.CompletedTask;

    /// <summary>Part of every configuration of the endpoint. Around everything, so that a message that is held counts as being worked on.</summary>
    public void Watch(IReceiveEndpointConfigurator endpoint)
    {
        endpoint.ConnectReceiveEndpointObserver(_readiness);
        endpoint.ConfigureReceive(receive => receive.UseFilter(this));
    }

    public async Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        Touch();
        Interlocked.Increment(ref _inProgress);
        try { await next.Send(context); }
        finally
        {
            Interlocked.Decrement(ref _inProgress);
            Touch();
        }
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("watched");

    void Touch() => Volatile.Write(ref _lastActivity, time.GetTimestamp());

    // Of one connecting: what an older endpoint still reports says nothing about this one.
    sealed class Readiness : IReceiveEndpointObserver
    {
        readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        volatile bool _isReady;

        public bool IsReady => _isReady;
        public Task Settled => _settled.Task;

        public Task Ready(ReceiveEndpointReady ready) => Now(true);
        public Task Stopping(ReceiveEndpointStopping stopping) => Now(false);
        public Task Completed(ReceiveEndpointCompleted completed) => Now(false);
        public Task Faulted(ReceiveEndpointFaulted faulted) => Now(false);

        Task Now(bool isReady)
        {
            _isReady = isReady;
            _settled.TrySetResult();
            return Task.CompletedTask;
        }
    }
}
