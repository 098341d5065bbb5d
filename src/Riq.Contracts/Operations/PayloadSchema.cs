using System.Text.Json;
using System.Text.Json.Nodes;

namespace Riq.Contracts;

/// <summary>
/// The fields of an operation's payload. Flat by design: every payload of a service operation is an object of simple
/// fields, so that one declaration gives validation, JSON Schema and documentation.
/// </summary>
public sealed class PayloadSchema(params PayloadField[] fields)
{
    readonly Dictionary<string, PayloadField> _byName = fields.ToDictionary(f => f.Name, StringComparer.Ordinal);

    /// <summary>The fields in the order of their declaration.</summary>
    public IReadOnlyList<PayloadField> Fields { get; } = fields;

    /// <summary>Names of fields of which at least one must be given; empty when there is no such rule.</summary>
    public IReadOnlyList<string> AtLeastOneOf { get; init; } = [];

    /// <summary>Adds every fault of the payload to <paramref name="problems"/>, under <c>payload.&lt;field&gt;</c>.</summary>
    public void Validate(JsonElement payload, ProblemList problems) => Validate(payload, problems, static _ => false);

    /// <summary>The same, but for values of which <paramref name="isKnownLater"/> says that they are filled in when the request runs.</summary>
    public void Validate(JsonElement payload, ProblemList problems, Func<JsonElement, bool> isKnownLater)
    {
        if (payload.ValueKind != JsonValueKind.Object)
        {
            problems.Add("payload", "must be a JSON object.");
            return;
        }
        foreach (var given in payload.EnumerateObject())
            if (_byName.TryGetValue(given.Name, out var field)) field.Validate(given.Value, problems, isKnownLater);
            else problems.Add($"payload.{ProblemList.Printable(given.Name)}", $"is not a field of this operation. Its fields are: {string.Join(", ", _byName.Keys)}.");

        foreach (var field in Fields)
            if (field.Required && !Has(payload, field.Name)) problems.Add($"payload.{field.Name}", "is required.");
        if (AtLeastOneOf.Count > 0 && !AtLeastOneOf.Any(name => Has(payload, name)))
            problems.Add("payload", $"must have at least one of: {string.Join(", ", AtLeastOneOf)}.");
    }

    /// <summary>The same rules as a JSON Schema (2020-12) object.</summary>
    public JsonObject ToJsonSchema()
    {
        var schema = new JsonObject
        {
            ["type"] = "object",
            ["additionalProperties"] = false,
            ["properties"] = new JsonObject(Fields.Select(f => KeyValuePair.Create(f.Name, (JsonNode?)f.ToJsonSchema()))),
        };
        if (Fields.Any(f => f.Required)) schema["required"] = new JsonArray([.. Fields.Where(f => f.Required).Select(f => (JsonNode)f.Name)]);
        if (AtLeastOneOf.Count > 0) schema["anyOf"] = new JsonArray([.. AtLeastOneOf.Select(n => (JsonNode)new JsonObject { ["required"] = new JsonArray(n) })]);
        return schema;
    }

    static bool Has(JsonElement payload, string name) => payload.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;
}
