using System.Text.Json;
using System.Text.Json.Serialization;
using MassTransit;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using Riq.Contracts;
using Riq.Engine.Observability;
using Riq.Engine.Submission;

namespace Riq.Engine.Bus;

/// <summary>
/// <see cref="SubmitRequest"/> as this side takes it: any JSON. What is wrong with it is told by the reader of submissions, field by
/// field, and not by a deserializer that throws.
/// </summary>
[MessageUrn("Riq.Contracts:SubmitRequest"), EntityName("Riq.Contracts:SubmitRequest"), JsonConverter(typeof(AnyJson))]
public sealed class SubmitMessage
{
    sealed class AnyJson : JsonConverter<SubmitMessage>
    {
        public override SubmitMessage Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) { reader.Skip(); return new(); }
        public override void Write(Utf8JsonWriter writer, SubmitMessage value, JsonSerializerOptions options) => throw new NotSupportedException();
    }
}

/// <summary>Takes submissions from queue <c>riq.submit</c>. An outage of Postgres throws, and the endpoint holds the message until it is over.</summary>
sealed class SubmitConsumer(BusSubmission submission, SubmissionAnswers answers, RefusedSubmissions refused, RiqOptions options, ILogger<SubmitConsumer> log) : IConsumer<SubmitMessage>
{
    // MassTransit's name for the W3C trace context of the sender.
    const string ActivityHeader = "MT-Activity-Id";

    public async Task Consume(ConsumeContext<SubmitMessage> context)
    {
        var properties = context.ReceiveContext.TryGetPayload<RabbitMqBasicConsumeContext>(out var delivery) ? delivery.Properties : null;
        var message = MessageOf(context, properties);
        var outcome = await submission.Submit(message);
        if (outcome.Refused is { } refusal)
        {
            RiqMetrics.RefusedSubmissions.WithLabels(refusal.Status.ToString(System.Globalization.CultureInfo.InvariantCulture)).Inc();
            log.SubmissionRefused(message.MessageId, refusal.Status, refusal.Title);
        }
        var told = await answers.Send(context, properties, outcome);
        if (!told && outcome.Refused is { } untold) await refused.Keep(message, options.Bus.ClientOf(message.UserId), untold);
    }

    static BusMessage MessageOf(ConsumeContext context, IReadOnlyBasicProperties? properties)
    {
        var trace = context.ReceiveContext.TransportHeaders.Get<string>("traceparent") ?? context.Headers.Get<string>(ActivityHeader);
        return new(context.ReceiveContext.Body.GetBytes(), context.MessageId?.ToString() ?? properties?.MessageId, properties?.UserId, trace, context.ResponseAddress is not null);
    }
}
