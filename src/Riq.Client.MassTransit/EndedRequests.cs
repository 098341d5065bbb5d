using System.Collections.Concurrent;
using MassTransit;
using Riq.Contracts;

namespace Riq.Client.MassTransit;

/// <summary>Who waits for the end of which request in this process.</summary>
sealed class EndedRequests
{
    readonly ConcurrentDictionary<string, Waiter> _waiters = new(StringComparer.Ordinal);

    /// <summary>Completes when the request has ended. Hold it before you read, and release it: an end in between is not missed.</summary>
    public Task Hold(string token) => _waiters.AddOrUpdate(token, _ => new(1, new(TaskCreationOptions.RunContinuationsAsynchronously)), (_, w) => w with { Count = w.Count + 1 }).Ended.Task;

    public void Release(string token)
    {
        while (_waiters.TryGetValue(token, out var waiter))
            if (waiter.Count > 1 ? _waiters.TryUpdate(token, waiter with { Count = waiter.Count - 1 }, waiter) : _waiters.TryRemove(KeyValuePair.Create(token, waiter))) return;
    }

    public void Ended(string token)
    {
        if (_waiters.TryGetValue(token, out var waiter)) waiter.Ended.TrySetResult();
    }

    sealed record Waiter(int Count, TaskCompletionSource Ended);
}

/// <summary>Hears of every end. Events are small; those that nobody here waits for are dropped.</summary>
sealed class EndedConsumer(EndedRequests ended) : IConsumer<RequestCompleted>, IConsumer<RequestFailed>, IConsumer<RequestDead>
{
    public Task Consume(ConsumeContext<RequestCompleted> context) => Note(context.Message.Token);

    public Task Consume(ConsumeContext<RequestFailed> context) => Note(context.Message.Token);

    public Task Consume(ConsumeContext<RequestDead> context) => Note(context.Message.Token);

    Task Note(string token)
    {
        ended.Ended(token);
        return Task.CompletedTask;
    }
}
