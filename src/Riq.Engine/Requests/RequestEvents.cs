using Riq.Contracts;

namespace Riq.Engine.Requests;

// What can happen to a request, as data of the state machine's events.

/// <summary>A worker claimed the next attempt.</summary>
public sealed record Started(string Worker);

/// <summary>The service did what was asked; <paramref name="Result"/> is JSON.</summary>
public sealed record Succeeded(string Result, int? HttpStatus);

/// <summary>The attempt ended with an error. <paramref name="RepeatSafe"/>: a repeat can't do harm even if the first try took effect.</summary>
public sealed record AttemptFailed(AdapterError Error, bool RepeatSafe);

/// <summary>The worker gives the attempt back without having called the service; the next one is due after <paramref name="Delay"/>.</summary>
public sealed record HandedBack(string Reason, TimeSpan Delay = default);

/// <summary>The lease ended without an outcome: its worker died or froze.</summary>
public sealed record LeaseLost(bool RepeatSafe);

/// <summary><c>expires_at</c> passed before a worker took it.</summary>
public sealed record Expired;

/// <summary>The client or an operator called it off.</summary>
public sealed record Cancelled(string By);

/// <summary>An operator (or recovery) asked for another run of an ended request.</summary>
public sealed record RetryRequested(string By);
