using System.Collections.Concurrent;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Riq.Engine.Outbox;
using Riq.Engine.Sweepers;

namespace Riq.Engine.Bus;

/// <summary>
/// Notices the messages that nobody could read where that happens: this process moves them to <c>&lt;queue&gt;_error</c> and
/// <c>&lt;queue&gt;_skipped</c>, so it knows that these queues exist, and counts what lies there.
/// </summary>
sealed class UnreadableMessages(ErrorQueues queues, RiqOptions options, TimeProvider time, ILogger<UnreadableMessages> log) : BackgroundService, IReceiveObserver
{
    // It is told before the message has been moved; and somebody may delete the queue again.
    const int MostMisses = 10;

    readonly ConcurrentDictionary<string, int> _missed = [];

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(ErrorQueues.CountEvery(options), time);
        while (await timer.WaitForNextTickAsync(stop))
        {
            try { foreach (var queue in _missed.Keys) await Count(queue); }
            catch (Exception e) when (BrokerPublisher.IsOutage(e)) { log.BrokerAway(e.Message); }
        }
    }

    async Task Count(string queue)
    {
        if (await queues.Count(queue)) _missed[queue] = 0;
        else if (_missed.AddOrUpdate(queue, 1, (_, missed) => missed + 1) > MostMisses) _missed.TryRemove(queue, out _);
    }

    public Task PreReceive(ReceiveContext context) => Task.CompletedTask;

    public Task PostReceive(ReceiveContext context) => context.IsDelivered || context.IsFaulted ? Task.CompletedTask : Moved(context, "_skipped");

    public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType) where T : class => Task.CompletedTask;

    public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception) where T : class => Moved(context.ReceiveContext, "_error");

    public Task ReceiveFault(ReceiveContext context, Exception exception) => Moved(context, "_error");

    Task Moved(ReceiveContext context, string kind)
    {
        _missed[Uri.UnescapeDataString(context.InputAddress.Segments[^1]) + kind] = 0;
        return Task.CompletedTask;
    }
}
