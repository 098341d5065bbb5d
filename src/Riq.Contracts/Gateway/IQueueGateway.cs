namespace Riq.Contracts;

/// <summary>
/// The way into RIQ: submit operations and read what became of them. The same for an application that speaks HTTP, one
/// that speaks over the bus, and for code inside a RIQ process. Safe for concurrent use.
/// </summary>
/// <remarks>
/// What RIQ refuses, and its being away, are values of the answer. Methods throw only for misuse, and
/// <see cref="OperationCanceledException"/> when their token is cancelled; a request that was accepted by then stays accepted.
/// </remarks>
public interface IQueueGateway
{
    /// <summary>
    /// Hands over one operation. When the answer has a receipt, the request is stored and will be carried out. A submission
    /// without an idempotency key is given one, so that repetitions by this gateway make no second request.
    /// </summary>
    /// <param name="submission">What to do.</param>
    /// <param name="wait">How long to wait for its end, of any length; zero: not at all. <see cref="SubmissionReceipt.State"/> has what was known last.</param>
    /// <param name="cancellation">Stops waiting; calls nothing off.</param>
    Task<QueueAnswer<SubmissionReceipt>> Submit(SubmitRequest submission, TimeSpan wait = default, CancellationToken cancellation = default);

    /// <summary>
    /// Hands over any number of operations. Answers come in the order of <paramref name="submissions"/>, each by itself: one that
    /// is refused refuses no other.
    /// </summary>
    Task<IReadOnlyList<QueueAnswer<SubmissionReceipt>>> SubmitMany(IReadOnlyList<SubmitRequest> submissions, CancellationToken cancellation = default);

    /// <summary>
    /// The request once it has ended, or as it is when <paramref name="wait"/> (of any length) is over. A token that is unknown, or
    /// that belongs to another client, is refused as <see cref="RefusalKind.NotFound"/>.
    /// </summary>
    Task<QueueAnswer<RequestState>> Get(string token, TimeSpan wait = default, CancellationToken cancellation = default);

    /// <summary>
    /// Calls a request off that no worker has taken yet; one that was called off before is answered the same. Any other is refused
    /// as <see cref="RefusalKind.Conflict"/>.
    /// </summary>
    Task<QueueAnswer<RequestState>> Cancel(string token, CancellationToken cancellation = default);
}
