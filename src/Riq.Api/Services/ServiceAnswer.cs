using System.Text.Json;
using Riq.Api.Http;
using Riq.Contracts;
using Riq.Engine;
using Riq.Engine.Gate;
using Riq.Engine.Statistics;

namespace Riq.Api.Services;

/// <summary>Writes one service with its circuit, pause, limits and what waits for it.</summary>
sealed class ServiceAnswer(QueueStatistics statistics, ServiceStates states, RiqOptions options)
{
    public IResult Of(ServiceState state) => JsonAnswer.Ok(json => Write(json, state));

    public void Write(Utf8JsonWriter json, ServiceState state)
    {
        json.WriteStartObject();
        json.WriteString("service", state.Service);
        json.WriteString("gate", state.IsBlocked ? "blocked" : state.Held is not null ? "held" : "open");
        WriteCircuit(json, state.Circuit);
        json.WriteBoolean("paused", state.Paused is not null);
        if (state.Paused is { } pause) WritePause(json, pause);
        if (state.Credentials is { } wait) WriteCredentials(json, wait);
        var rate = options.Of(state.Service).RateOf(state.Service);
        var concurrency = state.Rate.Override.Concurrency ?? options.Of(state.Service).ConcurrencyOf(state.Service);
        json.WriteNumber("concurrency", concurrency);
        WriteLimits(json, state, rate, concurrency);
        WriteHolds(json, state);
        WriteQueue(json, state.Service);
        json.WriteEndObject();
    }

    static void WriteCircuit(Utf8JsonWriter json, Circuit circuit)
    {
        json.WriteStartObject("circuit");
        json.WriteString("state", ServiceStateStore.Word(circuit.Phase));
        json.WriteBoolean("forced", circuit.Forced is not null);
        json.Optional("forced_by", circuit.ForcedBy);
        json.Optional("opened_at", circuit.OpenedAt);
        json.Optional("open_until", circuit.OpenUntil);
        json.Optional("trial_by", circuit.TrialOwner);
        json.WriteNumber("calls", circuit.Buckets.Sum(b => (long)b.Calls));
        json.WriteNumber("failures", circuit.Buckets.Sum(b => (long)b.Failures));
        json.WriteEndObject();
    }

    void WriteLimits(Utf8JsonWriter json, ServiceState state, RateOptions rate, int concurrency)
    {
        var (set, now) = (state.Rate.Override, state.Now);
        var live = states.Workers.Where(w => w.Service == state.Service).ToArray();
        json.WriteStartObject("limits");
        json.WriteNumber("rate", set.Rate ?? rate.PerMinute);
        json.WriteNumber("burst", state.Rate.Burst(rate));
        json.WriteNumber("concurrency", concurrency);
        json.WriteBoolean("adaptive", options.Of(state.Service).AdaptiveConcurrency.Enabled && set.Concurrency is null);
        if (live.Length > 0) json.WriteNumber("concurrency_now", live.Sum(w => w.Concurrency));
        json.WriteNumber("workers", live.Length);
        if (state.Rate.PerMinute(rate, now) is { } perMinute) json.WriteNumber("rate_now", Math.Round(perMinute, 3));
        json.Optional("lowered_until", state.Rate.LoweredUntil is { } until && until > now ? until : null);
        if (state.Rate.Left(rate, now) is { } left) json.WriteNumber("tokens_left", (long)Math.Floor(left));
        json.WriteBoolean("overridden", set != LimitOverride.None);
        json.Optional("overridden_by", set.By);
        json.WriteEndObject();
    }

    static void WriteHolds(Utf8JsonWriter json, ServiceState state)
    {
        json.WriteStartArray("holds");
        if (state.Held is not null) WriteHold(json, "service", state.Service, state.Rate.HeldUntil, state.Rate.HeldReason);
        foreach (var hold in state.Rate.Holds.Where(h => h.Until > state.Now))
            WriteHold(json, hold.Scope == LimitScope.Endpoint ? "endpoint" : "entity", hold.Name, hold.Until, hold.Reason);
        json.WriteEndArray();
    }

    static void WriteHold(Utf8JsonWriter json, string scope, string name, DateTime? until, string? reason)
    {
        json.WriteStartObject();
        json.WriteString("scope", scope);
        json.WriteString("name", name);
        json.Optional("until", until);
        json.Optional("reason", reason);
        json.WriteEndObject();
    }

    static void WritePause(Utf8JsonWriter json, ServicePause pause)
    {
        json.WriteStartObject("pause");
        json.WriteString("by", pause.By);
        json.Optional("since", (DateTime?)pause.Since);
        json.Optional("until", pause.Until);
        json.Optional("reason", pause.Reason);
        json.WriteEndObject();
    }

    static void WriteCredentials(Utf8JsonWriter json, CredentialWait wait)
    {
        json.WriteStartObject("credentials");
        json.WriteBoolean("needs_reauth", wait.Refused);
        json.Optional("next_try", wait.NextTry);
        json.Optional("error", wait.Error);
        json.WriteEndObject();
    }

    void WriteQueue(Utf8JsonWriter json, string service)
    {
        var counts = statistics.Current.Where(c => c.Service == service).ToArray();
        json.WriteNumber("depth", counts.Sum(c => c.Queued));
        json.WriteNumber("processing", counts.Sum(c => c.Processing));
        json.Optional("oldest_waiting_since", counts.Min(c => c.OldestQueuedAt));
    }
}
