using System.Diagnostics;
using Riq.Contracts;
using Riq.Engine.Requests;

namespace Riq.Engine.Observability;

/// <summary>
/// A request's spans (OpenTelemetry). The row keeps the submission's trace context, so the way through outbox, RabbitMQ
/// and any number of retries loses nothing. The first attempt is a child of the submission; what runs after a long wait is a
/// trace of its own with a link to it, because a trace that stays open for hours is of no use to anybody.
/// </summary>
public static class RequestTrace
{
    /// <summary>Name of the source, for whoever exports the spans.</summary>
    public const string SourceName = "Riq";

    static readonly ActivitySource Source = new(SourceName);
    static readonly TimeSpan LongWait = TimeSpan.FromMinutes(1);

    /// <summary>The context that a submission is stored with: that of its own span if it is recorded, else the caller's.</summary>
    public static string? Submission(string? traceparent) => Activity.Current is { Recorded: true, Id: { } id } ? id : traceparent;

    /// <summary>Begins the span of one attempt; null when nobody records it.</summary>
    public static Activity? Attempt(QueueRequest request)
    {
        if (!Source.HasListeners()) return null;
        ActivityContext.TryParse(request.Traceparent, null, isRemote: true, out var submission);
        var follows = request.Attempt == 1 && request.StartedAt - request.CreatedAt < LongWait;
        Activity.Current = null;   // the delivery's own context is not the request's
        var span = follows ? Source.StartActivity(request.Operation, ActivityKind.Consumer, submission)
            : Source.StartActivity(request.Operation, ActivityKind.Consumer, default(ActivityContext), links: submission == default ? null : [new(submission)]);
        return span?.SetTag("riq.token", RequestToken.Of(request.CorrelationId)).SetTag("riq.attempt", request.Attempt).SetTag("riq.priority", request.Priority)
            .SetTag("riq.service", request.Service).SetTag("riq.next_step", request.NextStep);
    }

    /// <summary>Notes how the attempt ended. Only the code: messages may quote what a client wrote.</summary>
    public static void Ended(Activity? span, AdapterError? error)
    {
        if (span is null || error is null) return;
        span.SetStatus(ActivityStatusCode.Error, error.Code);
        span.SetTag("error.type", error.Code);
    }
}
