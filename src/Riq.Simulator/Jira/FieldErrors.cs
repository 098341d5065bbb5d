using System.Text.Json.Nodes;
using Riq.Simulator.Exchange;

namespace Riq.Simulator.Jira;

/// <summary>What is wrong with a write, by field: Jira names all at once.</summary>
sealed class FieldErrors
{
    readonly JsonObject _byField = [];

    public bool IsEmpty => _byField.Count == 0;

    public void Add(string field, string message) => _byField.TryAdd(field, message);

    public JsonObject ToJson() => new() { ["errorMessages"] = new JsonArray(), ["errors"] = _byField.DeepClone() };

    public Answer ToAnswer() => new(400, ToJson());
}
