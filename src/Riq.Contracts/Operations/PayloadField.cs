using System.Text.Json;
using System.Text.Json.Nodes;

namespace Riq.Contracts;

/// <summary>What kind of value a payload field takes.</summary>
public enum PayloadType
{
    /// <summary>Text, possibly of several lines.</summary>
    Text,
    /// <summary>Text of one line.</summary>
    Line,
    /// <summary>A whole number.</summary>
    Integer,
    /// <summary>A list of texts of one line each.</summary>
    Lines,
    /// <summary>A JSON object of any shape.</summary>
    Object,
}

/// <summary>One field of a payload: its name, its type and its bounds.</summary>
/// <param name="Name">snake_case.</param>
/// <param name="Type">The kind of value.</param>
/// <param name="Description">One line for people.</param>
public sealed record PayloadField(string Name, PayloadType Type, string Description)
{
    /// <summary>Whether the field must be there and not null.</summary>
    public bool Required { get; init; }
    /// <summary>For text: the most UTF-16 characters. Default 1,000 (<see cref="PayloadType.Line"/>), set it for longer text.</summary>
    public int MaxLength { get; init; } = 1_000;
    /// <summary>For text: whether an empty value is refused.</summary>
    public bool NotEmpty { get; init; }
    /// <summary>For text: the only values allowed, ignoring case; empty when any is.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];
    /// <summary>For text: characters that the service does not take, e.g. the blank in a label.</summary>
    public string ForbiddenCharacters { get; init; } = "";
    /// <summary>For integers: the smallest value.</summary>
    public long Minimum { get; init; } = long.MinValue;
    /// <summary>For integers: the largest value.</summary>
    public long Maximum { get; init; } = long.MaxValue;
    /// <summary>For lists: the most items.</summary>
    public int MaxItems { get; init; } = 100;

    string Path => $"payload.{Name}";

    /// <summary>Adds every fault of <paramref name="value"/> to <paramref name="problems"/>. JSON null counts as absent.</summary>
    public void Validate(JsonElement value, ProblemList problems) => Validate(value, problems, static _ => false);

    internal void Validate(JsonElement value, ProblemList problems, Func<JsonElement, bool> isKnownLater)
    {
        if (value.ValueKind == JsonValueKind.Null || isKnownLater(value)) return;
        switch (Type)
        {
            case PayloadType.Text or PayloadType.Line: ValidateText(value, Path, problems); break;
            case PayloadType.Integer: ValidateInteger(value, problems); break;
            case PayloadType.Lines: ValidateList(value, problems, isKnownLater); break;
            case PayloadType.Object when value.ValueKind != JsonValueKind.Object: problems.Add(Path, "must be an object."); break;
        }
    }

    void ValidateText(JsonElement value, string path, ProblemList problems)
    {
        if (value.ValueKind != JsonValueKind.String) { problems.Add(path, "must be a string."); return; }
        var text = value.GetString()!;
        if (text.Length > MaxLength) problems.Add(path, $"must have at most {MaxLength:N0} characters; it has {text.Length:N0}.");
        if (NotEmpty && string.IsNullOrWhiteSpace(text)) problems.Add(path, "must not be empty.");
        if (Type != PayloadType.Text && text.AsSpan().IndexOfAny('\n', '\r') >= 0) problems.Add(path, "must be a single line.");
        if (ForbiddenCharacters.Length > 0 && text.AsSpan().IndexOfAny(ForbiddenCharacters) >= 0) problems.Add(path, $"must not contain any of these characters: '{ForbiddenCharacters}'.");
        if (Values.Count > 0 && !Values.Contains(text, StringComparer.OrdinalIgnoreCase)) problems.Add(path, $"must be one of: {string.Join(", ", Values)}.");
    }

    void ValidateInteger(JsonElement value, ProblemList problems)
    {
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out var number)) { problems.Add(Path, "must be a whole number."); return; }
        if (number < Minimum || number > Maximum) problems.Add(Path, $"must be between {Minimum:N0} and {Maximum:N0}.");
    }

    void ValidateList(JsonElement value, ProblemList problems, Func<JsonElement, bool> isKnownLater)
    {
        if (value.ValueKind != JsonValueKind.Array) { problems.Add(Path, "must be a list of strings."); return; }
        if (value.GetArrayLength() > MaxItems) problems.Add(Path, $"must have at most {MaxItems:N0} items.");
        var i = 0;
        foreach (var item in value.EnumerateArray())
        {
            if (!isKnownLater(item)) ValidateText(item, $"{Path}[{i}]", problems);
            i++;
        }
    }

    /// <summary>The same rules as JSON Schema.</summary>
    public JsonObject ToJsonSchema()
    {
        var schema = new JsonObject { ["description"] = Description };
        switch (Type)
        {
            case PayloadType.Integer:
                schema["type"] = "integer";
                if (Minimum != long.MinValue) schema["minimum"] = Minimum;
                if (Maximum != long.MaxValue) schema["maximum"] = Maximum;
                break;
            case PayloadType.Lines:
                schema["type"] = "array";
                schema["maxItems"] = MaxItems;
                schema["items"] = new JsonObject { ["type"] = "string", ["maxLength"] = MaxLength };
                break;
            case PayloadType.Object:
                schema["type"] = "object";
                break;
            default:
                schema["type"] = "string";
                schema["maxLength"] = MaxLength;
                if (NotEmpty) schema["minLength"] = 1;
                if (Values.Count > 0) schema["enum"] = new JsonArray([.. Values.Select(v => (JsonNode)v)]);
                break;
        }
        return schema;
    }
}
