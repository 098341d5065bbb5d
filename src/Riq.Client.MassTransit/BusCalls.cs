using System.Diagnostics;
using MassTransit;
using Riq.Client.Http;
using Riq.Contracts;

namespace Riq.Client.MassTransit;

/// <summary>Asks RIQ over the bus, again and again until there is an answer or the time is over. What is asked twice is answered like the first time.</summary>
sealed class BusCalls(IBus bus, TimeProvider time)
{
    static readonly Uri Submissions = new("exchange:riq.submit"), Commands = new("exchange:riq.commands");
    static readonly TimeSpan OneTry = TimeSpan.FromSeconds(10);

    public async Task<QueueAnswer<SubmissionReceipt>> Submit(SubmitRequest keyed, TimeSpan limit, CancellationToken cancellation)
    {
        var (accepted, refused) = await Repeat<RequestAccepted, RequestRefused>(() => Ask<SubmitRequest, RequestAccepted, RequestRefused>(Submissions, keyed, cancellation),
            r => (r.Status, r.RetryAfterSeconds is { } s ? TimeSpan.FromSeconds(s) : null), limit, cancellation);
        return accepted is not null ? QueueAnswer<SubmissionReceipt>.Of(Receipt(accepted))
            : QueueAnswer<SubmissionReceipt>.Refused((refused is null ? Away : Refusal(refused)) with { IdempotencyKey = keyed.IdempotencyKey });
    }

    /// <summary>Null when it is done.</summary>
    public async Task<QueueRefusal?> Cancel(string token, TimeSpan limit, CancellationToken cancellation)
    {
        var (done, refused) = await Repeat<CommandDone, CommandRefused>(() => Ask<CancelRequest, CommandDone, CommandRefused>(Commands, new(token), cancellation), _ => (409, null), limit, cancellation);
        return done is not null ? null
            : refused is null ? Away
            : new(refused.Status is null ? RefusalKind.NotFound : RefusalKind.Conflict, refused.Status is null ? "There is no such request" : "The request can't be cancelled any more", refused.Reason);
    }

    // A message that met no queue yet, because RIQ has just been installed here, is lost without a word: it is sent again like any other without an answer.
    async Task<(TDone?, TRefused?)> Repeat<TDone, TRefused>(Func<Task<(TDone?, TRefused?)>> ask, Func<TRefused, (int?, TimeSpan?)> reason, TimeSpan limit, CancellationToken cancellation) where TDone : class where TRefused : class
    {
        var began = time.GetTimestamp();
        for (var tries = 1; ; tries++)
        {
            var (done, refused) = await ask();
            var (status, retryAfter) = refused is null ? default : reason(refused);
            if (done is not null || RepeatRule.DelayAfter(status, retryAfter, tries, Random.Shared.NextDouble()) is not { } delay || delay >= limit - time.GetElapsedTime(began)) return (done, refused);
            await Task.Delay(delay, time, cancellation);
        }
    }

    async Task<(TDone?, TRefused?)> Ask<T, TDone, TRefused>(Uri queue, T message, CancellationToken cancellation) where T : class where TDone : class where TRefused : class
    {
        using var timer = new CancellationTokenSource(OneTry + OneTry, time);   // with the broker away the client's own limit does not run
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timer.Token);
        try
        {
            var client = bus.CreateRequestClient<T>(queue, RequestTimeout.After(s: (int)OneTry.TotalSeconds));
            var answer = await client.GetResponse<TDone, TRefused>(message, context => context.UseExecute(WithTrace), either.Token);
            return answer.Is(out Response<TDone>? done) ? (done.Message, null) : answer.Is(out Response<TRefused>? refused) ? (null, refused.Message) : default;
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested && e is RequestException or OperationCanceledException or MassTransitException) { return default; }
    }

    // As over HTTP; MassTransit's own header is there only when somebody listens to its activities.
    static void WithTrace(SendContext context)
    {
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } trace }) context.Headers.Set("traceparent", trace);
    }

    static QueueRefusal Away => new(RefusalKind.Unavailable, "RIQ did not answer over the bus",
        "Either RabbitMQ is away, or no API process of RIQ is connected to it. Try again later; a submission with the same idempotency key.");

    static QueueRefusal Refusal(RequestRefused r) => new(ApiAnswer.KindOf(r.Status), r.Title, r.Detail)
    {
        Status = r.Status, Errors = r.Errors ?? new Dictionary<string, string[]>(), RetryAfter = r.RetryAfterSeconds is { } s ? TimeSpan.FromSeconds(s) : null,
    };

    static SubmissionReceipt Receipt(RequestAccepted a) => new()
    {
        Token = a.Token, Status = a.Status, ConsistencyToken = a.ConsistencyToken, Position = a.Position, EstimatedCompletion = a.EstimatedCompletion, RequiresConfirmation = a.RequiresConfirmation,
    };
}
