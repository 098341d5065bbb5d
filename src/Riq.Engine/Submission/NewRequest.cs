using Riq.Contracts;
using Riq.Engine.Order;
using Riq.Engine.Requests;

namespace Riq.Engine.Submission;

/// <summary>A submission that has passed every check and is ready to be stored.</summary>
public sealed record NewRequest
{
    public Guid Id { get; } = Guid.CreateVersion7();
    public Guid MessageId { get; } = Guid.CreateVersion7();
    public required string ClientId { get; init; }
    public required OperationDeclaration Operation { get; init; }
    /// <summary>The payload as it was sent.</summary>
    public required string Payload { get; init; }
    public required byte[] PayloadHash { get; init; }
    public string Priority { get; init; } = Priorities.Normal;
    public string? IdempotencyKey { get; init; }
    public int MaxRetries { get; init; } = 3;
    public TimeSpan? ExpiresIn { get; init; }
    public bool FireAndForget { get; init; }
    /// <summary>The service itself has to be asked, whatever is known already.</summary>
    public bool Fresh { get; init; }
    /// <summary>How old, in seconds, an answer may be that is given in place of an error of the service; null: none is.</summary>
    public int? StaleIfError { get; init; }
    public string? Traceparent { get; init; }
    /// <summary>Called once the request has ended.</summary>
    public string? CallbackUrl { get; init; }
    /// <summary>The client's own name for the item inside a batch.</summary>
    public string? Ref { get; init; }

    /// <summary>The requests that it waits for.</summary>
    public IReadOnlyList<Dependency> Dependencies { get; init; } = [];
    /// <summary>Items of its batch that it waits for, by name, until the batch's reader has found them.</summary>
    public IReadOnlyList<RefDependency> RefDependencies { get; init; } = [];
    /// <summary>The entity that it writes, as the payload names it; null when it writes none or a result will tell.</summary>
    public string? Entity { get; init; }

    public string Token => RequestToken.Of(Id);
    public string? ConsistencyToken => Operation.IsWrite ? ConsistencyTokenOf(Id) : null;

    public static string ConsistencyTokenOf(Guid id) => "ct_" + id.ToString("N");
}

/// <summary>An item of the same batch that a submission waits for.</summary>
public readonly record struct RefDependency(string Ref, string Kind);

/// <summary>What became of a submission.</summary>
/// <param name="Id">The request that the submission stands for now: its own, or the one that its key named before.</param>
/// <param name="Status">That request's present status.</param>
/// <param name="Replayed">Whether the key was known.</param>
/// <param name="SameContent">False when the key was known with other content: nothing was stored.</param>
public sealed record Submitted(Guid Id, string Status, bool Replayed, bool SameContent)
{
    /// <summary>The answer, when it was there already.</summary>
    internal Reads.CachedAnswer? Cached { get; init; }

    /// <summary>Whether it may run, or has to wait for others first.</summary>
    public bool Ready { get; init; } = true;

    /// <summary>Why nothing was stored: what it depends on does not exist for its client, or is too long a chain. Null when it was.</summary>
    public ProblemList? Refusal { get; init; }

    /// <summary>Whether this call stored it.</summary>
    public bool IsNew => !Replayed && Refusal is null;
}
