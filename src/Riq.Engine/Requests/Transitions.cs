namespace Riq.Engine.Requests;

/// <summary>What can happen to a request, by name.</summary>
public enum RequestEvent { Accepted, Started, Succeeded, AttemptFailed, HandedBack, LeaseLost, OutcomeChecked, Shared, AnsweredFromCache, Cancelled, Expired, RetryRequested, Adopted, SentAgain, Abandoned, Recovered, Released, DependencyFailed }

/// <summary>
/// Every change of status that exists. The state machine and the set-based statements (submit, claim) are both checked
/// against this table by tests; a change that is not listed here does not happen.
/// </summary>
public static class Transitions
{
    public sealed record Allowed(string? From, RequestEvent Event, string To);

    public static IReadOnlyList<Allowed> Table { get; } =
    [
        new(null, RequestEvent.Accepted, RequestStatus.Queued),
        new(null, RequestEvent.AnsweredFromCache, RequestStatus.Completed),
        new(RequestStatus.Queued, RequestEvent.Started, RequestStatus.Processing),
        new(RequestStatus.Queued, RequestEvent.Shared, RequestStatus.Completed),
        new(RequestStatus.Queued, RequestEvent.Shared, RequestStatus.Queued),
        new(RequestStatus.Queued, RequestEvent.Shared, RequestStatus.Failed),
        new(RequestStatus.Queued, RequestEvent.Shared, RequestStatus.Dead),
        new(RequestStatus.Queued, RequestEvent.Cancelled, RequestStatus.Failed),
        new(RequestStatus.Queued, RequestEvent.Expired, RequestStatus.Failed),
        new(RequestStatus.Queued, RequestEvent.HandedBack, RequestStatus.Queued),
        new(RequestStatus.Queued, RequestEvent.Released, RequestStatus.Queued),
        new(RequestStatus.Queued, RequestEvent.DependencyFailed, RequestStatus.Failed),
        new(RequestStatus.Processing, RequestEvent.Succeeded, RequestStatus.Completed),
        new(RequestStatus.Processing, RequestEvent.AttemptFailed, RequestStatus.Queued),
        new(RequestStatus.Processing, RequestEvent.AttemptFailed, RequestStatus.Failed),
        new(RequestStatus.Processing, RequestEvent.AttemptFailed, RequestStatus.Dead),
        new(RequestStatus.Processing, RequestEvent.HandedBack, RequestStatus.Queued),
        new(RequestStatus.Processing, RequestEvent.LeaseLost, RequestStatus.Queued),
        new(RequestStatus.Processing, RequestEvent.LeaseLost, RequestStatus.Dead),
        new(RequestStatus.Processing, RequestEvent.OutcomeChecked, RequestStatus.Queued),
        new(RequestStatus.Processing, RequestEvent.OutcomeChecked, RequestStatus.Completed),
        new(RequestStatus.Processing, RequestEvent.OutcomeChecked, RequestStatus.Dead),
        // After a backup was restored; ended ones stay, and are only to be looked for on a retry.
        new(RequestStatus.Queued, RequestEvent.Recovered, RequestStatus.Queued),
        new(RequestStatus.Processing, RequestEvent.Recovered, RequestStatus.Queued),
        new(RequestStatus.Failed, RequestEvent.RetryRequested, RequestStatus.Queued),
        new(RequestStatus.Dead, RequestEvent.RetryRequested, RequestStatus.Queued),
        new(RequestStatus.Dead, RequestEvent.Adopted, RequestStatus.Completed),
        new(RequestStatus.Dead, RequestEvent.SentAgain, RequestStatus.Queued),
        new(RequestStatus.Dead, RequestEvent.Abandoned, RequestStatus.Failed),
    ];

    public static bool IsAllowed(string? from, RequestEvent happened, string to) => Table.Contains(new(from, happened, to));

    /// <summary>Whether the event means anything to a request in this status.</summary>
    public static bool Accepts(string from, RequestEvent happened) => Table.Any(t => t.From == from && t.Event == happened);
}
