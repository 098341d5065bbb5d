using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;

namespace Riq.UnitTests.Submission;

/// <summary>A JSON value of any shape, for properties.</summary>
public sealed record SomeJson(string Text)
{
    static readonly string[] Texts = ["", "a", "b", "é", "\u20ac", "😀", "\ufb33", "\r\n", "\"\\/", "\u0001", "aa", "A", "\u007f", "1"];
    static readonly string[] Numbers = ["0", "1", "-1", "10", "1.5", "0.1", "-2.25", "1234567", "9007199254740993", "1E+30", "5E-07", "0.000123"];

    /// <summary>Found by FsCheck.</summary>
    public static Arbitrary<SomeJson> Any() => Gen.Sized(size => Value(Math.Min(size, 30))).Select(n => new SomeJson(n?.ToJsonString() ?? "null")).ToArbitrary();

    /// <summary>The same value with other order of members, white space, escapes and spelling of numbers.</summary>
    public string Respelled(Random random)
    {
        var text = new StringBuilder();
        Write(JsonSerializer.Deserialize<JsonElement>(Text), text, random);
        return text.ToString();
    }

    static Gen<JsonNode?> Value(int size)
    {
        var leaf = Gen.OneOf(
            Gen.Elements(Texts).Select(t => (JsonNode?)JsonValue.Create(t)),
            Gen.Elements(Numbers).Select(n => JsonNode.Parse(n)),
            Gen.Elements([true, false]).Select(b => (JsonNode?)JsonValue.Create(b)),
            Gen.Constant((JsonNode?)null));
        if (size < 2) return leaf;
        var part = Value(size / 3);
        var list = Gen.Choose(0, 4).SelectMany(n => part.ArrayOf(n)).Select(items => (JsonNode?)new JsonArray(items));
        var named = Gen.Elements(Texts).SelectMany(_ => part, (name, value) => KeyValuePair.Create(name, value));
        var members = Gen.Choose(0, 5).SelectMany(n => named.ArrayOf(n)).Select(m => (JsonNode?)new JsonObject(m.DistinctBy(x => x.Key)));
        return Gen.OneOf(leaf, list, members);
    }

    static void Write(JsonElement value, StringBuilder text, Random random)
    {
        Blank(text, random);
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var members = value.EnumerateObject().ToArray();
                random.Shuffle(members);
                WriteList(members, '{', '}', text, random, m => { WriteText(m.Name, text, random); Blank(text, random); text.Append(':'); Write(m.Value, text, random); });
                break;
            case JsonValueKind.Array: WriteList([.. value.EnumerateArray()], '[', ']', text, random, item => Write(item, text, random)); break;
            case JsonValueKind.String: WriteText(value.GetString()!, text, random); break;
            case JsonValueKind.Number: text.Append(Number(value.GetRawText(), random)); break;
            default: text.Append(value.GetRawText()); break;
        }
        Blank(text, random);
    }

    static void WriteList<T>(T[] items, char open, char close, StringBuilder text, Random random, Action<T> write)
    {
        text.Append(open);
        for (var i = 0; i < items.Length; i++)
        {
            if (i > 0) text.Append(',');
            Blank(text, random);
            write(items[i]);
        }
        text.Append(close);
    }

    static void WriteText(string value, StringBuilder text, Random random)
    {
        if (random.Next(2) == 0) { text.Append('"').Append(JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(value)).Append('"'); return; }
        text.Append('"');
        foreach (var unit in value) text.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
        text.Append('"');
    }

    // Short ones only: the digits of long whole numbers count.
    static string Number(string raw, Random random)
    {
        if (raw.Length > 8 || raw.Contains('E', StringComparison.OrdinalIgnoreCase) || random.Next(2) == 0) return raw;
        return raw.Contains('.', StringComparison.Ordinal) ? raw + "00" : random.Next(2) == 0 ? raw + ".0" : raw + "e0";
    }

    static void Blank(StringBuilder text, Random random) => text.Append(" \t\r\n".AsSpan(0, random.Next(3)));
}
