using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Contracts;
using Riq.Engine.Audit;

namespace Riq.Engine.Gate;

/// <summary>A limit that is set; null: back to the setting.</summary>
readonly record struct NewLimit(int? Value);

/// <summary>What an operator changes of a service's limits; absent: it stays.</summary>
readonly record struct LimitChange(NewLimit? Rate, NewLimit? Burst, NewLimit? Concurrency, bool LiftsHolds)
{
    /// <summary>What was asked for, in the words of the interface.</summary>
    public string ToJson()
    {
        var json = new JsonObject();
        if (Rate is { } rate) json["rate"] = rate.Value;
        if (Burst is { } burst) json["burst"] = burst.Value;
        if (Concurrency is { } concurrency) json["concurrency"] = concurrency.Value;
        if (LiftsHolds) json["holds"] = null;
        return json.ToJsonString();
    }

    public RateState On(RateState rate, string by)
    {
        var set = rate.Override with
        {
            Rate = Rate is { } r ? r.Value : rate.Override.Rate, Burst = Burst is { } b ? b.Value : rate.Override.Burst,
            Concurrency = Concurrency is { } c ? c.Value : rate.Override.Concurrency,
        };
        if (set != rate.Override) set = set is { Rate: null, Burst: null, Concurrency: null } ? LimitOverride.None : set with { By = by };
        var changed = set == rate.Override ? rate : rate with { Override = set };
        return LiftsHolds ? changed with { HeldUntil = null, HeldReason = null, Strikes = 0, LoweredTo = null, LoweredUntil = null, Holds = [] } : changed;
    }
}

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

    public Task<ServiceState> ChangeLimits(string service, LimitChange change, string by) =>
        Change(service, s => change.On(s.Rate, by) is var next && ReferenceEquals(next, s.Rate) ? s : s with { Rate = next }, new(by, "limits_changed", service, null) { Details = change.ToJson() });

    async Task<ServiceState> Change(string service, Func<ServiceState, ServiceState> decide, AuditEntry audit)
    {
        var state = await store.Change(service, decide, CancellationToken.None, audit);
        states.Forget();
        return state;
    }

    static string Json<T>(T details) => JsonSerializer.Serialize(details, RiqJson.Options);
}
