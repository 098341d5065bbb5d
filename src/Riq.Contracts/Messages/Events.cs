namespace Riq.Contracts;

/// <summary>Event: a service has failed too often, or an operator wants it so; nobody calls it until further notice. Its requests wait.</summary>
/// <param name="Service">The service's name.</param>
/// <param name="At">When, by the database's clock.</param>
/// <param name="Until">When it will be tried again; null while an operator keeps the circuit open.</param>
/// <param name="By">The operator who opened it; null when the failures did.</param>
public sealed record CircuitOpened(string Service, DateTimeOffset At, DateTimeOffset? Until, string? By);

/// <summary>Event: the service is called again.</summary>
/// <param name="Service">The service's name.</param>
/// <param name="At">When, by the database's clock.</param>
/// <param name="By">The operator who closed it; null when the trial did.</param>
public sealed record CircuitClosed(string Service, DateTimeOffset At, string? By);

/// <summary>Event: a request waits for its (next) attempt. Published for whoever listens; may come twice, and in another order than things happened: <c>Version</c> tells.</summary>
/// <param name="Token">The request's token.</param>
/// <param name="Operation">Its operation.</param>
/// <param name="Service">The operation's service.</param>
/// <param name="ClientId">Whose request it is.</param>
/// <param name="Attempt">The attempt's fencing number; grows with every return to the queue.</param>
/// <param name="Version">The request's version after the change.</param>
/// <param name="At">When, by the database's clock.</param>
/// <param name="IdempotencyKey">The key that it was submitted with; null when there was none.</param>
/// <param name="ErrorCode">Why the last attempt failed; null when there was none or it did not.</param>
/// <param name="NextAttemptAt">When the next attempt is due; null: as soon as possible.</param>
public sealed record RequestQueued(string Token, string Operation, string Service, string ClientId, int Attempt, long Version, DateTimeOffset At, string? IdempotencyKey, string? ErrorCode, DateTimeOffset? NextAttemptAt);

/// <summary>Event: a worker has begun an attempt. Published for whoever listens; may come twice, and in another order than things happened: <c>Version</c> tells.</summary>
/// <param name="Token">The request's token.</param>
/// <param name="Operation">Its operation.</param>
/// <param name="Service">The operation's service.</param>
/// <param name="ClientId">Whose request it is.</param>
/// <param name="Attempt">The attempt's fencing number; grows with every return to the queue.</param>
/// <param name="Version">The request's version after the change.</param>
/// <param name="At">When, by the database's clock.</param>
/// <param name="IdempotencyKey">The key that it was submitted with; null when there was none.</param>
/// <param name="Worker">Which one.</param>
public sealed record RequestStarted(string Token, string Operation, string Service, string ClientId, int Attempt, long Version, DateTimeOffset At, string? IdempotencyKey, string Worker);

/// <summary>Event: a request did what was asked. The result is read by the token. Published for whoever listens; may come twice, and in another order than things happened: <c>Version</c> tells.</summary>
/// <param name="Token">The request's token.</param>
/// <param name="Operation">Its operation.</param>
/// <param name="Service">The operation's service.</param>
/// <param name="ClientId">Whose request it is.</param>
/// <param name="Attempt">The attempt's fencing number; grows with every return to the queue.</param>
/// <param name="Version">The request's version after the change.</param>
/// <param name="At">When, by the database's clock.</param>
/// <param name="IdempotencyKey">The key that it was submitted with; null when there was none.</param>
public sealed record RequestCompleted(string Token, string Operation, string Service, string ClientId, int Attempt, long Version, DateTimeOffset At, string? IdempotencyKey);

/// <summary>Event: a request has ended without effect, was cancelled or expired. Published for whoever listens; may come twice, and in another order than things happened: <c>Version</c> tells.</summary>
/// <param name="Token">The request's token.</param>
/// <param name="Operation">Its operation.</param>
/// <param name="Service">The operation's service.</param>
/// <param name="ClientId">Whose request it is.</param>
/// <param name="Attempt">The attempt's fencing number; grows with every return to the queue.</param>
/// <param name="Version">The request's version after the change.</param>
/// <param name="At">When, by the database's clock.</param>
/// <param name="IdempotencyKey">The key that it was submitted with; null when there was none.</param>
/// <param name="ErrorCode">Why: one of <see cref="ErrorCodes"/>.</param>
public sealed record RequestFailed(string Token, string Operation, string Service, string ClientId, int Attempt, long Version, DateTimeOffset At, string? IdempotencyKey, string? ErrorCode);

/// <summary>Event: a request has used up its retries, or nobody knows whether it took effect; somebody has to look. Published for whoever listens; may come twice, and in another order than things happened: <c>Version</c> tells.</summary>
/// <param name="Token">The request's token.</param>
/// <param name="Operation">Its operation.</param>
/// <param name="Service">The operation's service.</param>
/// <param name="ClientId">Whose request it is.</param>
/// <param name="Attempt">The attempt's fencing number; grows with every return to the queue.</param>
/// <param name="Version">The request's version after the change.</param>
/// <param name="At">When, by the database's clock.</param>
/// <param name="IdempotencyKey">The key that it was submitted with; null when there was none.</param>
/// <param name="ErrorCode">Why: one of <see cref="ErrorCodes"/>.</param>
public sealed record RequestDead(string Token, string Operation, string Service, string ClientId, int Attempt, long Version, DateTimeOffset At, string? IdempotencyKey, string? ErrorCode);
