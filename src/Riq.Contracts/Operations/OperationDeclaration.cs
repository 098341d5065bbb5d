namespace Riq.Contracts;

/// <summary>Whether an operation changes anything at the service.</summary>
public enum OperationKind
{
    /// <summary>Changes nothing: may be repeated, cached and shared.</summary>
    Read,
    /// <summary>Changes something: takes effect once, as far as the service permits.</summary>
    Write,
}

/// <summary>
/// All that RIQ knows about one operation, stated once beside its adapter. Validation, documentation, execution and
/// the operator page read it from here.
/// </summary>
/// <param name="Name"><c>service.verb_noun</c>, e.g. <c>jira.create_task</c>.</param>
/// <param name="Kind">Read or write.</param>
/// <param name="Summary">One line for people.</param>
/// <param name="Payload">The fields that its payload may have.</param>
/// <param name="Timeout">How long one execution may take, all its HTTP calls together.</param>
/// <param name="RepeatSafe">
/// True when running it twice has the same effect as running it once, so that an execution with an unknown outcome may
/// simply be repeated. Reads always are. False: an unclear outcome is never repeated blindly.
/// </param>
public sealed record OperationDeclaration(
    string Name, OperationKind Kind, string Summary, PayloadSchema Payload, TimeSpan Timeout, bool RepeatSafe)
{
    /// <summary>Other names under which clients may submit it; stored under <see cref="Name"/>.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>How an unclear outcome is cleared up when it is not <see cref="RepeatSafe"/>; null: it can't be, and ends as a dead letter.</summary>
    public ClearingUp? ClearingUp { get; init; }

    /// <summary>For reads: how the answer is kept for equal reads; null: it never is, and equal reads under way share nothing.</summary>
    public CachedRead? Cached { get; init; }

    /// <summary>For writes: the tags of the answers that it may have changed; null: those of no read.</summary>
    public CacheTags? Changes { get; init; }

    /// <summary>
    /// What a write changes, by the payload field that names it: writes to one entity run one at a time, in the order of their
    /// acceptance. Null for reads and for writes that create something.
    /// </summary>
    public EntityField? Entity { get; init; }

    /// <summary>How several requests go to the service in one call; null: each goes alone.</summary>
    public BatchedCall? Batch { get; init; }

    /// <summary>The service, e.g. <c>jira</c>: the part of the name before the dot.</summary>
    public string Service { get; } = Name[..Name.IndexOf('.')];

    /// <summary>Whether this operation changes something at the service.</summary>
    public bool IsWrite => Kind == OperationKind.Write;
}
