using System.Text.Json;
using Riq.Contracts;
using Riq.Engine.Audit;

namespace Riq.Engine.Gate;

/// <summary>What operators may do to a service. Every worker knows of it within a second.</summary>
sealed class ServiceCommands(ServiceStateStore store, ServiceStates states, RiqOptions options)
{
    /// <summary>Stops calls until <see cref="Resume"/>, or for <paramref name="lasting"/>. A second pause takes the place of the first.</summary>
    public Task<ServiceState> Pause(string service, string by, string? reason, TimeSpan? lasting) =>
        Change(service, s => s with { Pause = new(by, s.Paused?.Since ?? s.Now, s.Now + lasting, reason) }, new(by, "service_paused", service, null) { Details = Json(new { reason, for_seconds = lasting?.TotalSeconds }) });

    public Task<ServiceState> Resume(string service, string by) => Change(service, s => s.Pause is null ? s : s with { Pause = null }, new(by, "service_resumed", service, null));

    /// <summary>Keeps the circuit open or closed; null: failures decide again.</summary>
    public Task<ServiceState> ForceCircuit(string service, CircuitPhase? phase, string by)
    {
        var rule = new CircuitRule(options.Of(service).Circuit);
        return Change(service, s => rule.Force(s.Circuit, s.Now, phase, by) is var next && ReferenceEquals(next, s.Circuit) ? s : s with { Circuit = next },
            new(by, "circuit_forced", service, null) { Details = Json(new { state = phase is { } p ? ServiceStateStore.Word(p) : "auto" }) });
    }

    async Task<ServiceState> Change(string service, Func<ServiceState, ServiceState> decide, AuditEntry audit)
    {
        var state = await store.Change(service, decide, CancellationToken.None, audit);
        states.Forget();
        return state;
    }

    static string Json<T>(T details) => JsonSerializer.Serialize(details, RiqJson.Options);
}
