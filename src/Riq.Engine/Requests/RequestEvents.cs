using Riq.Contracts;

namespace Riq.Engine.Requests;

// What can happen to a request, as data of the state machine's events.

/// <summary>A worker claimed the next attempt.</summary>
public sealed record Started(string Worker);

/// <summary>The service did what was asked; <paramref name="Result"/> is JSON.</summary>
public sealed record Succeeded(string Result, int? HttpStatus)
{
    /// <summary>The second name that the result tells of its entity, where there is one.</summary>
    public string? ExternalId { get; init; }

    /// <summary>Set when this is an older answer in place of an error that the client prefers it to.</summary>
    public StaleAnswer? Stale { get; init; }
}

/// <summary>When the service gave the older answer, and the error of this attempt; null when none was made.</summary>
public sealed record StaleAnswer(DateTime ReadAt, AdapterError? InsteadOf);

/// <summary>The attempt ended with an error. <paramref name="RepeatSafe"/>: a repeat can't do harm even if the first try took effect.</summary>
public sealed record AttemptFailed(AdapterError Error, bool RepeatSafe)
{
    /// <summary>How an unclear outcome is cleared up; null: it can't be.</summary>
    public OutcomeCheckPlan? Plan { get; init; }

    /// <summary>Whether a refused credential ends the request, because the operator has set it so.</summary>
    public bool EndsWhenRefused { get; init; }

    /// <summary>In [0, 1): given when several requests failed in one call, which wait equally long to go together again; null: its own.</summary>
    public double? Jitter { get; init; }
}

/// <summary>The service was asked whether an earlier attempt took effect. <paramref name="Answer"/>: an error when it gave no answer.</summary>
public sealed record OutcomeChecked(AdapterResult<EffectSearch> Answer, OutcomeCheckPlan Plan);

/// <summary>The worker gives the attempt back without having called the service; the next one is due after <paramref name="Delay"/>.</summary>
public sealed record HandedBack(string Reason, TimeSpan Delay = default);

/// <summary>The lease ended without an outcome: its worker died or froze.</summary>
public sealed record LeaseLost(bool RepeatSafe)
{
    /// <summary>How an unclear outcome is cleared up; null: it can't be.</summary>
    public OutcomeCheckPlan? Plan { get; init; }
}

/// <summary>An equal read's call ended while this one waited. <paramref name="End"/>: its <see cref="Succeeded"/> or <see cref="AttemptFailed"/>; <paramref name="By"/>: whose call it was.</summary>
public sealed record Shared(object End, string By);

/// <summary>All that it waited for has completed. <paramref name="LaneKey"/>: the entity that it writes, if any.</summary>
public sealed record Released(string? LaneKey);

/// <summary>Something that it waited for ended without success, or too long ago.</summary>
public sealed record DependencyFailed(string Code, string Message);

/// <summary><c>expires_at</c> passed before a worker took it.</summary>
public sealed record Expired;

/// <summary>The client or an operator called it off.</summary>
public sealed record Cancelled(string By);

/// <summary>An operator (or recovery) asked for another run of an ended request.</summary>
public sealed record RetryRequested(string By)
{
    /// <summary>The payload that replaces the present one; null keeps it.</summary>
    public string? Payload { get; init; }

    /// <summary>How many of the requests that it depends on run again as well, or still.</summary>
    public int PendingDependencies { get; init; }
}

/// <summary>An operator found the effect of a dead letter; <paramref name="Result"/> is JSON.</summary>
public sealed record Adopted(string Result, string By);

/// <summary>An operator knows that a dead letter took no effect, or accepts a second one: it runs again, without looking.</summary>
public sealed record SentAgain(string By);

/// <summary>An operator gave a dead letter up.</summary>
public sealed record Abandoned(string By);
