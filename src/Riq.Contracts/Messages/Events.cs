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
