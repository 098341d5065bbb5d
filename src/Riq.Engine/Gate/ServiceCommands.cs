namespace Riq.Engine.Gate;

/// <summary>What operators may do to a service. Every worker knows of it within a second.</summary>
sealed class ServiceCommands(ServiceStateStore store, ServiceStates states, RiqOptions options)
{
    /// <summary>Stops calls until <see cref="Resume"/>, or for <paramref name="lasting"/>. A second pause takes the place of the first.</summary>
    public Task<ServiceState> Pause(string service, string by, string? reason, TimeSpan? lasting) =>
        Change(service, s => s with { Pause = new(by, s.Paused?.Since ?? s.Now, s.Now + lasting, reason) });

    public Task<ServiceState> Resume(string service) => Change(service, s => s.Pause is null ? s : s with { Pause = null });

    /// <summary>Keeps the circuit open or closed; null: failures decide again.</summary>
    public Task<ServiceState> ForceCircuit(string service, CircuitPhase? phase, string by)
    {
        var rule = new CircuitRule(options.Of(service).Circuit);
        return Change(service, s => rule.Force(s.Circuit, s.Now, phase, by) is var next && ReferenceEquals(next, s.Circuit) ? s : s with { Circuit = next });
    }

    async Task<ServiceState> Change(string service, Func<ServiceState, ServiceState> decide)
    {
        var state = await store.Change(service, decide, CancellationToken.None);
        states.Forget();
        return state;
    }
}
