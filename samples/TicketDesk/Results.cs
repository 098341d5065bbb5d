using MassTransit;
using Riq.Contracts;

namespace TicketDesk;

/// <summary>Hears how requests end. Other applications' requests are heard of, too; the key tells whose they are.</summary>
sealed class Results(Notebook notebook) : IConsumer<RequestCompleted>, IConsumer<RequestFailed>, IConsumer<RequestDead>
{
    public Task Consume(ConsumeContext<RequestCompleted> context) => Ended(context.Message.IdempotencyKey, $"completed, its result is at /api/queue/result/{context.Message.Token}");
    public Task Consume(ConsumeContext<RequestFailed> context) => Ended(context.Message.IdempotencyKey, $"failed: {context.Message.ErrorCode}");
    public Task Consume(ConsumeContext<RequestDead> context) => Ended(context.Message.IdempotencyKey, $"is a dead letter: {context.Message.ErrorCode}");

    // An event may come twice.
    Task Ended(string? key, string how)
    {
        if (key is not null && key.StartsWith("ticket-", StringComparison.Ordinal) && notebook.Ended(key)) Console.WriteLine($"{key} {how}");
        return Task.CompletedTask;
    }
}
