using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Riq.IntegrationTests.Api;

/// <summary>
/// Checks JSON against a schema of an OpenAPI document, as far as the document uses JSON Schema, and more strictly: a
/// field that the schema does not mention is a fault, because then the documentation is incomplete.
/// </summary>
sealed class JsonSchemaCheck(JsonElement document)
{
    static readonly string[] Known =
    [
        "$ref", "type", "description", "properties", "required", "additionalProperties", "enum", "items", "allOf", "anyOf", "oneOf", "pattern", "format", "default",
        "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "minProperties",
    ];

    /// <summary>Every fault, with its place.</summary>
    public IReadOnlyList<string> Faults(JsonElement schema, JsonElement value)
    {
        var faults = new List<string>();
        Check(schema, value, "$", faults, strict: true);
        return faults;
    }

    public JsonElement Resolve(string reference)
    {
        Assert.StartsWith("#/", reference, StringComparison.Ordinal);
        return reference[2..].Split('/').Aggregate(document, (at, name) => at.GetProperty(name.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)));
    }

    void Check(JsonElement schema, JsonElement value, string path, List<string> faults, bool strict)
    {
        foreach (var keyword in schema.EnumerateObject())
            if (!Known.Contains(keyword.Name)) faults.Add($"{path}: this check does not know the keyword {keyword.Name}");
        if (schema.TryGetProperty("$ref", out var reference)) { Check(Resolve(reference.GetString()!), value, path, faults, strict); return; }
        if (schema.TryGetProperty("type", out var type) && !Is(value, type.GetString()!)) { faults.Add($"{path}: {value.ValueKind} instead of {type}"); return; }
        if (schema.TryGetProperty("enum", out var values) && !values.EnumerateArray().Any(v => JsonElement.DeepEquals(v, value))) faults.Add($"{path}: {value} is not in {values}");
        if (schema.TryGetProperty("allOf", out var all)) foreach (var part in all.EnumerateArray()) Check(part, value, path, faults, strict: false);
        if (schema.TryGetProperty("anyOf", out var any)) CheckAlternatives(any, value, path, faults, count => count > 0);
        if (schema.TryGetProperty("oneOf", out var one)) CheckAlternatives(one, value, path, faults, count => count == 1);
        switch (value.ValueKind)
        {
            case JsonValueKind.Object: CheckObject(schema, value, path, faults, strict); break;
            case JsonValueKind.Array: CheckArray(schema, value, path, faults); break;
            case JsonValueKind.String: CheckText(schema, value.GetString()!, path, faults); break;
            case JsonValueKind.Number: CheckNumber(schema, value.GetDouble(), path, faults); break;
        }
    }

    void CheckAlternatives(JsonElement alternatives, JsonElement value, string path, List<string> faults, Func<int, bool> enough)
    {
        var found = alternatives.EnumerateArray().Select(a => { var own = new List<string>(); Check(a, value, path, own, strict: true); return own; }).ToArray();
        if (!enough(found.Count(f => f.Count == 0))) faults.Add($"{path}: fits {found.Count(f => f.Count == 0)} of the alternatives: {string.Join(" | ", found.Select(f => string.Join("; ", f)))}");
    }

    void CheckObject(JsonElement schema, JsonElement value, string path, List<string> faults, bool strict)
    {
        if (schema.TryGetProperty("required", out var required))
            foreach (var name in required.EnumerateArray())
                if (!value.TryGetProperty(name.GetString()!, out _)) faults.Add($"{path}: {name} is missing");
        if (schema.TryGetProperty("minProperties", out var fewest) && value.EnumerateObject().Count() < fewest.GetInt32()) faults.Add($"{path}: fewer than {fewest} members");
        var declared = Declared(schema);
        var open = schema.TryGetProperty("additionalProperties", out var additional);
        foreach (var field in value.EnumerateObject())
            if (schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(field.Name, out var of)) Check(of, field.Value, $"{path}.{field.Name}", faults, strict: true);
            else if (open && additional.ValueKind == JsonValueKind.Object) Check(additional, field.Value, $"{path}.{field.Name}", faults, strict: true);
            else if (open && additional.ValueKind == JsonValueKind.False) faults.Add($"{path}.{field.Name}: is not allowed");
            // An object of which nothing is declared may hold anything.
            else if (strict && declared.Count > 0 && !declared.Contains(field.Name)) faults.Add($"{path}.{field.Name}: is not documented");
    }

    HashSet<string> Declared(JsonElement schema)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (schema.TryGetProperty("$ref", out var reference)) names.UnionWith(Declared(Resolve(reference.GetString()!)));
        if (schema.TryGetProperty("properties", out var properties)) names.UnionWith(properties.EnumerateObject().Select(p => p.Name));
        foreach (var combination in new[] { "allOf", "anyOf", "oneOf" })
            if (schema.TryGetProperty(combination, out var parts)) foreach (var part in parts.EnumerateArray()) names.UnionWith(Declared(part));
        return names;
    }

    void CheckArray(JsonElement schema, JsonElement value, string path, List<string> faults)
    {
        if (schema.TryGetProperty("minItems", out var least) && value.GetArrayLength() < least.GetInt32()) faults.Add($"{path}: fewer than {least} items");
        if (schema.TryGetProperty("maxItems", out var most) && value.GetArrayLength() > most.GetInt32()) faults.Add($"{path}: more than {most} items");
        if (!schema.TryGetProperty("items", out var of)) return;
        var i = 0;
        foreach (var item in value.EnumerateArray()) Check(of, item, $"{path}[{i++}]", faults, strict: true);
    }

    static void CheckText(JsonElement schema, string text, string path, List<string> faults)
    {
        if (schema.TryGetProperty("pattern", out var pattern) && !Regex.IsMatch(text, pattern.GetString()!)) faults.Add($"{path}: '{text}' does not match {pattern}");
        if (schema.TryGetProperty("minLength", out var least) && text.Length < least.GetInt32()) faults.Add($"{path}: shorter than {least}");
        if (schema.TryGetProperty("maxLength", out var most) && text.Length > most.GetInt32()) faults.Add($"{path}: longer than {most}");
        if (schema.TryGetProperty("format", out var format) && format.GetString() == "date-time"
            && !DateTimeOffset.TryParseExact(text, "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)) faults.Add($"{path}: '{text}' is no time");
    }

    static void CheckNumber(JsonElement schema, double number, string path, List<string> faults)
    {
        if (schema.TryGetProperty("minimum", out var least) && number < least.GetDouble()) faults.Add($"{path}: less than {least}");
        if (schema.TryGetProperty("maximum", out var most) && number > most.GetDouble()) faults.Add($"{path}: more than {most}");
    }

    static bool Is(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "number" => value.ValueKind == JsonValueKind.Number,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => false,
    };
}
