using Riq.Contracts;

namespace Riq.Client;

/// <summary>How calls of a queued adapter are made where they differ from the registration. What is null stays as it was.</summary>
public sealed record QueuedCall
{
    /// <summary>Writes only: whether to wait for the end. False: the result is <see cref="AdapterMetadata.Pending"/> and has a token.</summary>
    public bool? Wait { get; init; }

    /// <summary>How long to wait for the end.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary><c>high</c>, <c>normal</c> or <c>low</c>.</summary>
    public string? Priority { get; init; }

    /// <summary>For one write: a name that the caller gives it, at most 255 characters. The same name with the same content is the same write, also after a restart of the caller.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Tokens of requests that must be completed before this one runs.</summary>
    public IReadOnlyList<string>? DependsOn { get; init; }

    /// <summary>The consistency token of a write that the call must see, e.g. one of another process.</summary>
    public string? AfterConsistencyToken { get; init; }

    /// <summary>Reads only: true: not from RIQ's cache.</summary>
    public bool? Fresh { get; init; }

    /// <summary>Reads only: when the service fails, an answer that is at most so old will do.</summary>
    public TimeSpan? StaleIfError { get; init; }

    /// <summary>Called with the result once the request has ended.</summary>
    public string? CallbackUrl { get; init; }

    /// <summary>0 to 20.</summary>
    public int? MaxRetries { get; init; }

    /// <summary>After this time it is not begun any more.</summary>
    public TimeSpan? ExpiresIn { get; init; }

    /// <summary>This, and where it says nothing, <paramref name="other"/>.</summary>
    internal QueuedCall Over(QueuedCall other) => new()
    {
        Wait = Wait ?? other.Wait, Timeout = Timeout ?? other.Timeout, Priority = Priority ?? other.Priority, IdempotencyKey = IdempotencyKey ?? other.IdempotencyKey,
        DependsOn = DependsOn ?? other.DependsOn, AfterConsistencyToken = AfterConsistencyToken ?? other.AfterConsistencyToken, Fresh = Fresh ?? other.Fresh, StaleIfError = StaleIfError ?? other.StaleIfError,
        CallbackUrl = CallbackUrl ?? other.CallbackUrl, MaxRetries = MaxRetries ?? other.MaxRetries, ExpiresIn = ExpiresIn ?? other.ExpiresIn,
    };
}

/// <summary>Says per call what is different.</summary>
public static class QueuedCallExtensions
{
    /// <summary>
    /// The same adapter with calls made as <paramref name="call"/> says. A direct adapter, which knows nothing of queues, comes back as it is:
    /// the code around it need not know which one it has.
    /// </summary>
    public static ITaskAdapter With(this ITaskAdapter tasks, QueuedCall call) => tasks is Adapters.QueuedJiraAdapter queued ? queued.With(call) : tasks;

    /// <inheritdoc cref="With(ITaskAdapter, QueuedCall)" />
    public static IDocumentAdapter With(this IDocumentAdapter documents, QueuedCall call) => documents is Adapters.QueuedConfluenceAdapter queued ? queued.With(call) : documents;
}
