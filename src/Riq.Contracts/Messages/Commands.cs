namespace Riq.Contracts;

/// <summary>Command to queue <c>riq.commands</c>: calls off a request that no worker has taken yet. Anything else: nothing happens.</summary>
/// <param name="Token">The request's token.</param>
public sealed record CancelRequest(string Token);

/// <summary>
/// Command to queue <c>riq.commands</c>: runs a dead letter again. A dead letter whose outcome is unknown is left alone:
/// somebody has to decide first whether it took effect.
/// </summary>
/// <param name="Token">The request's token.</param>
public sealed record RetryDeadLetter(string Token);

/// <summary>Answer to <see cref="CancelRequest"/> and <see cref="RetryDeadLetter"/>: done and stored.</summary>
/// <param name="Token">The request's token.</param>
/// <param name="Status">Its status now.</param>
public sealed record CommandDone(string Token, string Status);

/// <summary>Answer to <see cref="CancelRequest"/> and <see cref="RetryDeadLetter"/>: nothing was changed.</summary>
/// <param name="Token">The token that was asked for.</param>
/// <param name="Status">The request's status; null when there is no such request.</param>
/// <param name="Reason">Why not.</param>
public sealed record CommandRefused(string Token, string? Status, string Reason);
