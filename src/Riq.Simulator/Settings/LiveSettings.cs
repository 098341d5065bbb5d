using System.Text.Json;
using System.Text.Json.Nodes;

namespace Riq.Simulator.Settings;

/// <summary>The settings in force. A change replaces the whole record, so that a call sees one consistent state.</summary>
sealed class LiveSettings(SimulatorSettings initial)
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow };

    volatile SimulatorSettings _current = initial;

    public SimulatorSettings Current => _current;

    /// <summary>Raised after a change, with the new settings.</summary>
    public event Action<SimulatorSettings>? Changed;

    public string ToJson() => JsonSerializer.Serialize(_current, Json);

    /// <summary>Lays the given members over the present settings. Returns what is wrong with them; then nothing was changed.</summary>
    public string? Merge(JsonObject changes)
    {
        SimulatorSettings merged;
        try
        {
            var present = JsonSerializer.SerializeToNode(_current, Json)!.AsObject();
            Overlay(present, changes);
            merged = present.Deserialize<SimulatorSettings>(Json)!;
        }
        catch (JsonException unreadable) { return unreadable.Message; }

        var problems = string.Join(" ", merged.Problems());
        if (problems.Length > 0) return problems;
        _current = merged;
        Changed?.Invoke(merged);
        return null;
    }

    static void Overlay(JsonObject target, JsonObject changes)
    {
        foreach (var (given, value) in changes)
        {
            var name = target.Select(m => m.Key).FirstOrDefault(k => k.Equals(given, StringComparison.OrdinalIgnoreCase)) ?? given;
            if (target[name] is JsonObject inner && value is JsonObject nested) Overlay(inner, nested);
            else target[name] = value?.DeepClone();
        }
    }
}
