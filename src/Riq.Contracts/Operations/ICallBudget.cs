namespace Riq.Contracts;

/// <summary>
/// Whether an adapter may call its service now. Limits are the account's and count HTTP calls, so an adapter asks before
/// each one, however many an operation needs, and tells what each answer said about limits.
/// </summary>
public interface ICallBudget
{
    /// <summary>
    /// Waits for the call's turn; null: it may begin at once. Otherwise the service is not to be called now, nothing may be
    /// sent, and the operation ends with <see cref="CallRefusal.ToError"/>. Holds no lock and no transaction while it waits.
    /// </summary>
    ValueTask<CallRefusal?> MayBegin(OutgoingCall call, CancellationToken cancellation);

    /// <summary>
    /// Asked when the first byte of a write is about to leave: false when the time of its operation is over. Its cancellation
    /// says the same, but a process that stood still hears of that only after it has gone on.
    /// </summary>
    bool MayStillSend();

    /// <summary>What the answer to a call said about the service's limits.</summary>
    void Answered(OutgoingCall call, LimitSignal said);

    /// <summary>A call that was let through has ended. <paramref name="failed"/>: whether the service failed at it; null when that says nothing about the service.</summary>
    void Ended(OutgoingCall call, bool? failed);

    /// <summary>For adapters outside of RIQ's engine: no limit.</summary>
    static ICallBudget Unlimited { get; } = new NoBudget();

    private sealed class NoBudget : ICallBudget
    {
        public ValueTask<CallRefusal?> MayBegin(OutgoingCall call, CancellationToken cancellation) => default;
        public bool MayStillSend() => true;
        public void Answered(OutgoingCall call, LimitSignal said) { }
        public void Ended(OutgoingCall call, bool? failed) { }
    }
}

/// <summary>One HTTP call that is about to be made.</summary>
/// <param name="Service">The service.</param>
/// <param name="Endpoint">Verb and path without ids and query, e.g. <c>PUT /rest/api/3/issue/*</c>: what limits of an endpoint count.</param>
/// <param name="Entity">The one object that it is about, e.g. <c>MD-12</c>; null when there is none.</param>
public readonly record struct OutgoingCall(string Service, string Endpoint, string? Entity);

/// <summary>A call that may not begin now.</summary>
/// <param name="RetryAfter">When to ask again.</param>
/// <param name="Why">For people.</param>
public sealed record CallRefusal(TimeSpan RetryAfter, string Why)
{
    /// <summary>The end of an operation whose call was refused: nothing was sent, so it waits and loses no retry.</summary>
    public AdapterError ToError() => new(ErrorCodes.RateLimited, Why) { RetryAfter = RetryAfter };
}

/// <summary>What a limit of a service is about.</summary>
public enum LimitScope
{
    /// <summary>All calls of the account.</summary>
    Service,
    /// <summary>One verb on one kind of path.</summary>
    Endpoint,
    /// <summary>One object, e.g. an issue.</summary>
    Entity,
}

/// <summary>What an answer said about limits. Times are relative to the answer, so that no clock of the service matters.</summary>
/// <param name="Refused">True for a 429: the call was not carried out because of a limit.</param>
/// <param name="Scope">What the limit is about.</param>
public sealed record LimitSignal(bool Refused, LimitScope Scope)
{
    /// <summary>How long to stay away, at the least; null when it was not said: then each refusal in a row doubles the wait.</summary>
    public TimeSpan? Wait { get; init; }
    /// <summary>Calls that the limit permits.</summary>
    public int? Limit { get; init; }
    /// <summary>Calls that are left of it.</summary>
    public int? Remaining { get; init; }
    /// <summary>When the limit begins anew.</summary>
    public TimeSpan? ResetIn { get; init; }
    /// <summary>Calls that are added a second, where the service counts so (Data Center).</summary>
    public double? FillPerSecond { get; init; }
    /// <summary>The service's own word for "little is left".</summary>
    public bool NearLimit { get; init; }
    /// <summary>The limit's name as the service gave it.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether the calls that are left should be spread, or are none.</summary>
    public bool SaysLittleIsLeft => NearLimit || Remaining is { } left && (left == 0 || Limit is { } all && left * 5L < all);
}
