using MassTransit;
using Microsoft.Extensions.Options;
using Riq.Client.Http;
using Riq.Contracts;

namespace Riq.Client.MassTransit;

/// <summary>
/// RIQ over the bus: a submission is a message that RabbitMQ keeps until an API process takes it, its answer comes back over the bus, and
/// the end of a request is heard as an event and then read once over HTTP.
/// </summary>
public sealed class BusQueueGateway : IQueueGateway
{
    const int MostInFlight = 256;

    /// <summary>An event may be lost with the broker, or not be published at all (RIQ's setting <c>Riq:Events:Publish</c>): so often it is looked.</summary>
    internal static readonly TimeSpan Look = TimeSpan.FromSeconds(10);

    readonly BusCalls _calls;
    readonly HttpQueueGateway _http;
    readonly EndedRequests _ended;
    readonly TimeProvider _time;
    readonly TimeSpan _patience;

    internal BusQueueGateway(IBus bus, HttpQueueGateway http, EndedRequests ended, IOptions<RiqClientOptions> options, TimeProvider time) =>
        (_calls, _http, _ended, _time, _patience) = (new(bus, time), http, ended, time, options.Value.SubmitTimeout);

    /// <inheritdoc />
    public async Task<QueueAnswer<SubmissionReceipt>> Submit(SubmitRequest submission, TimeSpan wait = default, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(submission);
        var began = _time.GetTimestamp();
        var keyed = HttpQueueGateway.WithKey(submission);
        var answer = await _calls.Submit(keyed, wait > _patience ? wait : _patience, cancellation);
        if (!answer.Ok || wait <= TimeSpan.Zero) return answer;
        var state = await Get(answer.Value.Token, wait - _time.GetElapsedTime(began), cancellation);
        return QueueAnswer<SubmissionReceipt>.Of(answer.Value with { State = state.Value });
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<QueueAnswer<SubmissionReceipt>>> SubmitMany(IReadOnlyList<SubmitRequest> submissions, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(submissions);
        var answers = new QueueAnswer<SubmissionReceipt>[submissions.Count];
        await Parallel.ForEachAsync(Enumerable.Range(0, submissions.Count), new ParallelOptions { MaxDegreeOfParallelism = MostInFlight, CancellationToken = cancellation },
            async (i, stop) => answers[i] = await Submit(submissions[i], cancellation: stop));
        return answers;
    }

    /// <inheritdoc />
    public async Task<QueueAnswer<RequestState>> Get(string token, TimeSpan wait = default, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(token);
        var began = _time.GetTimestamp();
        var ended = _ended.Hold(token);
        try
        {
            while (true)
            {
                var now = await _http.Get(token, cancellation: cancellation);
                var left = wait - _time.GetElapsedTime(began);
                if (left <= TimeSpan.Zero || now is { Value.Ended: true } || now.Refusal is { Kind: not RefusalKind.Unavailable }) return now;
                // Heard already and not to be seen: a retry after its end, or RIQ is away. Then only time tells.
                if (ended.IsCompleted) await Task.Delay(left < Look ? left : Look, _time, cancellation);
                else await ended.WaitAsync(left < Look ? left : Look, _time, cancellation).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                cancellation.ThrowIfCancellationRequested();
            }
        }
        finally { _ended.Release(token); }
    }

    /// <inheritdoc />
    public async Task<QueueAnswer<RequestState>> Cancel(string token, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(token);
        return await _calls.Cancel(token, _patience, cancellation) is { } refusal ? await _http.UnlessCancelled(token, refusal, cancellation) : await _http.Get(token, cancellation: cancellation);
    }
}
