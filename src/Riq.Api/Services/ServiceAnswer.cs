using System.Text.Json;
using Riq.Api.Http;
using Riq.Engine;
using Riq.Engine.Gate;
using Riq.Engine.Statistics;

namespace Riq.Api.Services;

/// <summary>Writes one service with its circuit, pause and what waits for it.</summary>
sealed class ServiceAnswer(QueueStatistics statistics, RiqOptions options)
{
    public IResult Of(ServiceState state) => JsonAnswer.Ok(json => Write(json, state));

    public void Write(Utf8JsonWriter json, ServiceState state)
    {
        json.WriteStartObject();
        json.WriteString("service", state.Service);
        WriteCircuit(json, state.Circuit);
        json.WriteBoolean("paused", state.Paused is not null);
        if (state.Paused is { } pause) WritePause(json, pause);
        if (state.Credentials is { } wait) WriteCredentials(json, wait);
        json.WriteNumber("concurrency", options.Of(state.Service).ConcurrencyOf(state.Service));
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
