using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Riq.Contracts;

namespace Riq.Engine.Order;

/// <summary>A reference to another request's result inside a payload.</summary>
/// <param name="Text">As it is written, for messages.</param>
/// <param name="Who">A token, <c>#ref</c>, or empty: the only request that it depends on.</param>
/// <param name="Path">See <see cref="ResultPath"/>; empty for the whole result.</param>
/// <param name="Field">Where in the payload it stands.</param>
readonly record struct ResultReference(string Text, string Who, string Path, string Field);

/// <summary>
/// References like <c>$result.id</c>, <c>$result.req_….tasks[0].id</c> or <c>$result.#first.id</c>, alone or inside a text. Alone, the
/// value takes the reference's place whatever its type; inside a text its text does. <c>$$result.</c> is a plain <c>$result.</c>
/// Pure.
/// </summary>
static partial class ResultReferences
{
    /// <summary>Results may be large and be referred to many times: a payload does not grow beyond what a client may send.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>All references of the payload.</summary>
    public static List<ResultReference> In(JsonElement payload)
    {
        var found = new List<ResultReference>();
        Visit(payload, "payload", (text, field) => found.AddRange(Read(text, field)));
        return found;
    }

    /// <summary>Whether the value can only be checked once references are replaced.</summary>
    public static bool IsIn(JsonElement value) => value.ValueKind == JsonValueKind.String && Read(value.GetString()!, "").Count > 0;

    /// <summary>The payload with every reference's <see cref="ResultReference.Who"/> replaced where <paramref name="name"/> gives another.</summary>
    public static string Rename(JsonElement payload, Func<string, string> name) => Write(payload, (text, writer) =>
        writer.WriteStringValue(Pattern().Replace(text, m => m.Groups["who"].Success ? $"$result.{name(m.Groups["who"].Value)}{m.Groups["path"].Value}" : m.Value)));

    /// <summary>
    /// The payload with all references replaced by what <paramref name="resultOf"/> gives for <see cref="ResultReference.Who"/>; null when
    /// <paramref name="problems"/> says which could not be.
    /// </summary>
    public static string? Resolve(JsonElement payload, Func<string, JsonElement?> resultOf, ProblemList problems)
    {
        foreach (var reference in In(payload))
            if (ValueOf(reference, resultOf) is null) problems.Add(reference.Field, $"refers to {reference.Text}, which the result of that request does not have.");
        if (!problems.IsEmpty) return null;
        var resolved = Write(payload, (text, writer) => WriteResolved(text, resultOf, writer));
        if (Encoding.UTF8.GetByteCount(resolved) <= MaxBytes) return resolved;
        problems.Add("payload", $"has more than {MaxBytes:N0} bytes once the results that it refers to are filled in.");
        return null;
    }

    /// <summary>The text of one value with its references replaced; null when it has none or they can't be.</summary>
    public static string? ResolveText(string text, Func<string, JsonElement?> resultOf)
    {
        var references = Read(text, "");
        return references.Count == 0 || references.Any(r => ValueOf(r, resultOf) is null) ? null : Filled(text, resultOf);
    }

    static List<ResultReference> Read(string text, string field)
    {
        if (!text.Contains("$result.", StringComparison.Ordinal)) return [];
        return [.. Pattern().Matches(text).Where(IsReference).Select(m => new ResultReference(m.Value, m.Groups["who"].Value, m.Groups["path"].Value, field))];
    }

    static bool IsReference(Match m) => m.Groups["who"].Success || m.Groups["path"].Length > 0;

    // A null is as good as nothing, as in every payload.
    static JsonElement? ValueOf(ResultReference reference, Func<string, JsonElement?> resultOf) =>
        resultOf(reference.Who) is { } result ? ResultPath.Find(result, reference.Path) is { ValueKind: not JsonValueKind.Null } value ? value : null : null;

    static void WriteResolved(string text, Func<string, JsonElement?> resultOf, Utf8JsonWriter writer)
    {
        var references = Read(text, "");
        if (references is [var alone] && alone.Text.Length == text.Length) ValueOf(alone, resultOf)!.Value.WriteTo(writer);
        else writer.WriteStringValue(Filled(text, resultOf));
    }

    static string Filled(string text, Func<string, JsonElement?> resultOf) => Pattern().Replace(text, m =>
        m.Groups["plain"].Success ? m.Value[1..]
        : !IsReference(m) ? m.Value
        : TextOf(ValueOf(new(m.Value, m.Groups["who"].Value, m.Groups["path"].Value, ""), resultOf)!.Value));

    static string TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    static void Visit(JsonElement value, string field, Action<string, string> text)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String: text(value.GetString()!, field); break;
            case JsonValueKind.Array:
                var i = 0;
                foreach (var item in value.EnumerateArray()) Visit(item, $"{field}[{i++}]", text);
                break;
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject()) Visit(property.Value, $"{field}.{ProblemList.Printable(property.Name)}", text);
                break;
        }
    }

    static string Write(JsonElement payload, Action<string, Utf8JsonWriter> text)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = RiqJson.Options.Encoder })) Copy(payload, text, writer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    static void Copy(JsonElement value, Action<string, Utf8JsonWriter> text, Utf8JsonWriter writer)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String: text(value.GetString()!, writer); break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray()) Copy(item, text, writer);
                writer.WriteEndArray();
                break;
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var property in value.EnumerateObject())
                {
                    writer.WritePropertyName(property.Name);
                    Copy(property.Value, text, writer);
                }
                writer.WriteEndObject();
                break;
            default: value.WriteTo(writer); break;
        }
    }

    [GeneratedRegex("""
        (?<plain>\$\$result\.)
        | \$result\.
          (?<who>(?:\#[A-Za-z0-9_-]{1,64}|req_[0-9a-f]{32})(?![A-Za-z0-9_-]))?
          (?<path>(?:\.?[A-Za-z0-9_-]+ | \[[0-9]{1,9}\] | \['[^'\]]{1,200}'\]) (?:\.[A-Za-z0-9_-]+ | \[[0-9]{1,9}\] | \['[^'\]]{1,200}'\])*)?
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Pattern();
}
