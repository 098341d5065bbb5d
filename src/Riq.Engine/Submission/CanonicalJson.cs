using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Riq.Engine.Submission;

/// <summary>
/// RFC 8785 (JSON Canonicalization Scheme): two payloads that mean the same give the same bytes, whatever the order of
/// their fields or the spelling of their numbers. One difference: whole numbers beyond 2^53 keep all their digits, so
/// that two long ids never count as equal.
/// </summary>
static class CanonicalJson
{
    static readonly SearchValues<char> Escaped = SearchValues.Create([.. Enumerable.Range(0, ' ').Select(c => (char)c), '"', '\\']);

    /// <summary>SHA-256 over the operation's name, a line feed and the canonical payload.</summary>
    public static byte[] Hash(string operation, JsonElement payload)
    {
        var text = new StringBuilder(256).Append(operation).Append('\n');
        Write(payload, text);
        return SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
    }

    public static string Of(JsonElement element)
    {
        var text = new StringBuilder();
        Write(element, text);
        return text.ToString();
    }

    static void Write(JsonElement element, StringBuilder text)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object: WriteObject(element, text); break;
            case JsonValueKind.Array: WriteArray(element, text); break;
            case JsonValueKind.String: WriteString(element.GetString()!, text); break;
            case JsonValueKind.Number: WriteNumber(element, text); break;
            default: text.Append(element.GetRawText()); break;
        }
    }

    static void WriteObject(JsonElement element, StringBuilder text)
    {
        // A property makes its name anew each time that it is asked for it.
        var fields = element.EnumerateObject().Select(p => (p.Name, p.Value)).ToArray();
        Array.Sort(fields, static (a, b) => string.CompareOrdinal(a.Name, b.Name));   // by UTF-16 code units, as the RFC asks
        text.Append('{');
        for (var i = 0; i < fields.Length; i++)
        {
            if (i > 0) text.Append(',');
            WriteString(fields[i].Name, text);
            text.Append(':');
            Write(fields[i].Value, text);
        }
        text.Append('}');
    }

    static void WriteArray(JsonElement element, StringBuilder text)
    {
        text.Append('[');
        var first = true;
        foreach (var item in element.EnumerateArray())
        {
            if (!first) text.Append(',');
            first = false;
            Write(item, text);
        }
        text.Append(']');
    }

    static void WriteString(ReadOnlySpan<char> value, StringBuilder text)
    {
        text.Append('"');
        for (int at; (at = value.IndexOfAny(Escaped)) >= 0; value = value[(at + 1)..]) WriteEscaped(value[at], text.Append(value[..at]));
        text.Append(value).Append('"');
    }

    static void WriteEscaped(char c, StringBuilder text) => _ = c switch
    {
        '"' => text.Append("\\\""),
        '\\' => text.Append("\\\\"),
        '\b' => text.Append("\\b"),
        '\t' => text.Append("\\t"),
        '\n' => text.Append("\\n"),
        '\f' => text.Append("\\f"),
        '\r' => text.Append("\\r"),
        _ => text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
    };

    static void WriteNumber(JsonElement element, StringBuilder text)
    {
        if (element.TryGetInt64(out var whole)) { text.Append(whole); return; }
        var raw = element.GetRawText();
        if (raw.AsSpan().IndexOfAny('.', 'e', 'E') < 0) { text.Append(raw == "-0" ? "0" : raw); return; }
        text.Append(EcmaScript(element.GetDouble()));
    }

    // Number::toString of ECMAScript, from the same shortest digits that .NET finds.
    internal static string EcmaScript(double value)
    {
        if (value == 0) return "0";
        var scientific = Math.Abs(value).ToString("E16", CultureInfo.InvariantCulture);
        var shortest = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture);
        var (digits, exponent) = Split(shortest.Contains('E') ? shortest : scientific, shortest);
        var sign = value < 0 ? "-" : "";
        var n = exponent + 1;
        var k = digits.Length;
        if (k <= n && n <= 21) return sign + digits + new string('0', n - k);
        if (n is > 0 and <= 21) return sign + digits[..n] + "." + digits[n..];
        if (n is > -6 and <= 0) return sign + "0." + new string('0', -n) + digits;
        var e = (n - 1 < 0 ? "-" : "+") + Math.Abs(n - 1).ToString(CultureInfo.InvariantCulture);
        return sign + digits[..1] + (k > 1 ? "." + digits[1..] : "") + "e" + e;
    }

    // The significant digits without leading and trailing zeros, and the decimal exponent of the first one.
    static (string Digits, int Exponent) Split(string scientific, string shortest)
    {
        var exponent = int.Parse(scientific.AsSpan(scientific.IndexOf('E') + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var mantissa = shortest.Contains('E') ? shortest[..shortest.IndexOf('E')] : shortest;
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal).TrimStart('0').TrimEnd('0');
        return (digits, exponent);
    }
}
