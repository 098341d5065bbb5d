using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Riq.Contracts;

namespace Riq.Client.Http;

/// <summary>
/// RIQ over HTTP. A call without an answer is repeated, also over a restart of RIQ's API; a wait of any length is as many long-polls
/// as it takes; <c>Retry-After</c> is obeyed; the caller's trace goes along (<c>traceparent</c>).
/// </summary>
public sealed class HttpQueueGateway : IQueueGateway
{
    readonly ApiCalls _calls;
    readonly RiqClientOptions _options;
    readonly TimeProvider _time;
    readonly BatchSubmission _batches;

    internal HttpQueueGateway(ApiCalls calls, IOptions<RiqClientOptions> options, TimeProvider time)
    {
        (_calls, _options, _time) = (calls, options.Value, time);
        _batches = new(calls, _options.SubmitTimeout);
    }

    /// <inheritdoc />
    public async Task<QueueAnswer<SubmissionReceipt>> Submit(SubmitRequest submission, TimeSpan wait = default, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(submission);
        var keyed = WithKey(submission);
        var body = JsonSerializer.SerializeToElement(keyed, RiqJson.Options);
        var began = _time.GetTimestamp();
        // RIQ answers the moment the request ends, so the usual case is one round trip. Who waits for the end also waits for RIQ.
        var limit = wait > _options.SubmitTimeout ? wait : _options.SubmitTimeout;
        var answer = await _calls.Send(_ => Posted(body, Held(wait)), _ => Held(wait), limit, cancellation);
        if (!answer.Ok) return QueueAnswer<SubmissionReceipt>.Refused(answer.AsRefusal() with { IdempotencyKey = keyed.IdempotencyKey });
        var receipt = Receipts.Read(answer.Json, submission.Operation);
        if (receipt.State is { Ended: true } || wait <= TimeSpan.Zero) return QueueAnswer<SubmissionReceipt>.Of(receipt);

        var state = await Get(receipt.Token, wait - _time.GetElapsedTime(began), cancellation);
        return QueueAnswer<SubmissionReceipt>.Of(receipt with { State = state.Value ?? receipt.State });
    }

    /// <inheritdoc />
    public Task<IReadOnlyList<QueueAnswer<SubmissionReceipt>>> SubmitMany(IReadOnlyList<SubmitRequest> submissions, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(submissions);
        return _batches.Submit([.. submissions.Select(WithKey)], cancellation);
    }

    /// <inheritdoc />
    public async Task<QueueAnswer<RequestState>> Get(string token, TimeSpan wait = default, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(token);
        var began = _time.GetTimestamp();
        for (RequestState? last = null; ;)
        {
            var left = wait - _time.GetElapsedTime(began);
            var answer = await _calls.Send(now => new(HttpMethod.Get, Path($"result/{Uri.EscapeDataString(token)}?wait={Seconds(Held(now))}")), Held, left, cancellation);
            if (answer.Ok) last = answer.Json.Deserialize<RequestState>(RiqJson.Options)!;
            else if (last is null || answer.AsRefusal() is { Kind: not RefusalKind.Unavailable }) return QueueAnswer<RequestState>.Refused(answer.AsRefusal());
            // RIQ went away at the end of a wait: what it said last still holds as far as anybody knows.
            if (!answer.Ok || last.Ended || _time.GetElapsedTime(began) >= wait) return QueueAnswer<RequestState>.Of(last);
        }
    }

    /// <inheritdoc />
    public async Task<QueueAnswer<RequestState>> Cancel(string token, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(token);
        var answer = await _calls.Send(_ => new(HttpMethod.Post, Path($"requests/{Uri.EscapeDataString(token)}/cancel")), NotHeld, _options.SubmitTimeout, cancellation);
        return answer.Ok ? QueueAnswer<RequestState>.Of(answer.Json.Deserialize<RequestState>(RiqJson.Options)!) : await UnlessCancelled(token, answer.AsRefusal(), cancellation);
    }

    /// <summary>The refusal of a cancellation, unless the request is cancelled: the answer to an earlier try may have been lost.</summary>
    internal async Task<QueueAnswer<RequestState>> UnlessCancelled(string token, QueueRefusal refusal, CancellationToken cancellation) =>
        refusal.Kind == RefusalKind.Conflict && await Get(token, cancellation: cancellation) is { Value.Error.Code: ErrorCodes.Cancelled } now ? now : QueueAnswer<RequestState>.Refused(refusal);

    internal static Uri Path(string path) => new($"api/queue/{path}", UriKind.Relative);

    internal static TimeSpan NotHeld(TimeSpan left) => TimeSpan.Zero;

    /// <summary>The same submission with a key: what is sent again is then the same request.</summary>
    internal static SubmitRequest WithKey(SubmitRequest submission) =>
        submission.IdempotencyKey is null ? submission with { IdempotencyKey = $"client:{Guid.NewGuid():N}" } : submission;

    HttpRequestMessage Posted(JsonElement body, TimeSpan held)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, Path("submit")) { Content = ApiCalls.Body(body) };
        if (held > TimeSpan.Zero) message.Headers.Add("Prefer", $"wait={Seconds(held)}");
        return message;
    }

    // Whole seconds, rounded up: the last part of a wait is held too, rather than polled.
    TimeSpan Held(TimeSpan left) => left <= TimeSpan.Zero ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Ceiling((left < _options.LongPoll ? left : _options.LongPoll).TotalSeconds));

    static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
}
