using System.Collections;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Riq.Engine.Requests;
using Riq.Engine.Submission;

namespace Riq.Engine.Observability;

/// <summary>The lifecycle line of every change of status, and the metrics that count the same changes.</summary>
public sealed class RequestLog(ILogger<RequestLog> log, TimeProvider time)
{
    static readonly EventId StateChanged = new(200, nameof(StateChanged));

    public void Accepted(NewRequest r)
    {
        RiqMetrics.Routing.WithLabels("QUEUED").Inc();
        if (log.IsEnabled(LogLevel.Information))
            Write(new(r.Token, r.Operation.Name, r.Operation.Service, r.Priority, RequestStatus.Queued, null, 1, TimeSpan.Zero, r.Traceparent, null));
    }

    /// <summary>A read that was over at its submission.</summary>
    public void Answered(NewRequest r)
    {
        RiqMetrics.Routing.WithLabels("CACHED").Inc();
        if (log.IsEnabled(LogLevel.Information))
            Write(new(r.Token, r.Operation.Name, r.Operation.Service, r.Priority, RequestStatus.Completed, null, 1, TimeSpan.Zero, r.Traceparent, null));
        RiqMetrics.Requests.WithLabels(r.Operation.Service, r.Operation.Name, RequestStatus.Completed).Inc();
    }

    public void Started(QueueRequest r)
    {
        if (log.IsEnabled(LogLevel.Information)) Write(LineOf(r, RequestStatus.Queued, null, Age(r, TimeSpan.Zero)));
    }

    /// <summary>After the change was stored. <paramref name="attemptTook"/>: from claim to outcome, when an attempt ended with it.</summary>
    public void Changed(QueueRequest r, Transition change, TimeSpan? attemptTook)
    {
        if (log.IsEnabled(LogLevel.Information)) Write(LineOf(r, change.From, change.ErrorCode, Age(r, attemptTook)));
        if (change.EndsAttempt && attemptTook is { } took) RiqMetrics.Processing.WithLabels(r.Service, r.Operation).Observe(took.TotalSeconds);
        if (change.ErrorCode is { } code) RiqMetrics.Errors.WithLabels(r.Service, code).Inc();
        if (change.NextAttemptIn is not null && r.Attempt > change.Attempt) RiqMetrics.Retries.WithLabels(r.Service, r.Operation).Inc();
        if (!RequestStatus.IsEnd(r.Status)) return;
        RiqMetrics.Requests.WithLabels(r.Service, r.Operation, r.Status).Inc();
        RiqMetrics.Latency.WithLabels(r.Service, r.Operation, r.Status).Observe(Math.Max(0, Age(r, attemptTook).TotalSeconds));
    }

    Line LineOf(QueueRequest r, string previous, string? error, TimeSpan age) =>
        new(RequestToken.Of(r.CorrelationId), r.Operation, r.Service, r.Priority, r.Status, previous, r.Attempt, age, r.Traceparent, error);

    // By the database's clock wherever a worker has had the request: this process's own may be wrong.
    TimeSpan Age(QueueRequest r, TimeSpan? sinceStart) => (r.StartedAt is { } at && sinceStart is { } took ? at + took : time.GetUtcNow().UtcDateTime) - r.CreatedAt;

    void Write(Line line) => log.Log(LogLevel.Information, StateChanged, line, null, static (l, _) => l.ToString());

    /// <summary>The facts of one line, as text and as properties.</summary>
    readonly record struct Line(string Token, string Operation, string Service, string Priority, string Status, string? Previous, int Attempt, TimeSpan Duration, string? Traceparent, string? ErrorCode)
        : IReadOnlyList<KeyValuePair<string, object?>>
    {
        // The last one is the template, by the convention of structured loggers; Duration is only there for it.
        public int Count => 12;

        public KeyValuePair<string, object?> this[int index] => index switch
        {
            0 => new("Token", Token),
            1 => new("Operation", Operation),
            2 => new("Service", Service),
            3 => new("Priority", Priority),
            4 => new("Status", Shown),
            5 => new("PreviousStatus", Previous),
            6 => new("Attempt", Attempt),
            7 => new("DurationMs", Math.Round(Duration.TotalMilliseconds, 1)),
            8 => new("TraceId", Traceparent is { Length: >= 35 } t ? t[3..35] : null),
            9 => new("ErrorCode", ErrorCode),
            10 => new("Duration", Took),
            11 => new("{OriginalFormat}", "[QUEUE] Token: {Token:l} Status: {Status:l} Duration: {Duration:l}"),
            _ => throw new ArgumentOutOfRangeException(nameof(index)),
        };

        string Shown => char.ToUpperInvariant(Status[0]) + Status[1..];

        string Took => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, Duration.TotalSeconds):0.0##}s");

        public override string ToString() => $"[QUEUE] Token: {Token} Status: {Shown} Duration: {Took}";

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() { for (var i = 0; i < Count; i++) yield return this[i]; }
        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
