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
