using System.Text.Json;
using MassTransit;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using Riq.Contracts;
using Riq.Engine.Observability;
using Riq.Engine.Outbox;
using Riq.Engine.Submission;

namespace Riq.Engine.Bus;

/// <summary>
/// Tells the sender of a submission what became of it: a request client of MassTransit in its own way, any other program with plain JSON
/// to the queue that it named in <c>reply_to</c>.
/// </summary>
sealed class SubmissionAnswers(BrokerPublisher broker, ILogger<SubmissionAnswers> log)
{
    // What came there could be read by nobody, and would be counted as a fault.
    const string OwnQueues = "riq.";

    /// <summary>False when the sender was not told: it waits for no answer, or can't be reached.</summary>
    public async Task<bool> Send(ConsumeContext context, IReadOnlyBasicProperties? properties, BusOutcome outcome)
    {
        var address = context.ResponseAddress?.ToString() ?? properties?.ReplyTo;
        // The decision is stored: a client that can't be reached must not make it happen again, nor end in an error queue.
        try
        {
            if (context.ResponseAddress is not null) await (outcome.Accepted is { } accepted ? context.RespondAsync(accepted) : context.RespondAsync(outcome.Refused!));
            else if (string.IsNullOrEmpty(address) || address.StartsWith(OwnQueues, StringComparison.Ordinal)) return false;
            else await broker.Reply(address, properties!.CorrelationId ?? properties.MessageId, TypeOf(outcome), Json(outcome));
            return true;
        }
        catch (Exception e) when (!context.CancellationToken.IsCancellationRequested)
        {
            log.AnswerNotSent(address!, e.Message);
            return false;
        }
    }

    static string TypeOf(BusOutcome outcome) => outcome.Accepted is not null ? nameof(RequestAccepted) : nameof(RequestRefused);

    static byte[] Json(BusOutcome outcome) =>
        outcome.Accepted is { } accepted ? JsonSerializer.SerializeToUtf8Bytes(accepted, RiqJson.Options) : JsonSerializer.SerializeToUtf8Bytes(outcome.Refused, RiqJson.Options);
}
