using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;
using Riq.Contracts;

namespace Riq.Engine.Submission;

/// <summary>
/// Finds what is valid JSON to the parser but can't be stored or compared: NUL characters, broken surrogate pairs and
/// UTF-8, numbers that no double stands for. Run it before anything reads the text of the element.
/// </summary>
static class JsonSafety
{
    // Postgres keeps every digit of a number, up to limits that are far beyond these.
    const int LongestNumber = 1_000;
    const int LargestExponent = 999;

    public static void Check(JsonElement element, string path, ProblemList problems)
    {
        // As almost always. Where something is wrong is worked out only when something is.
        if (!IsSafe(element)) NameFaults(element, path, problems);
    }

    static bool IsSafe(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => IsSafeText(element),
        JsonValueKind.Number => IsSafeNumber(element),
        JsonValueKind.Array => element.EnumerateArray().All(IsSafe),
        JsonValueKind.Object => element.EnumerateObject().All(p => IsPlain(JsonMarshal.GetRawUtf8PropertyName(p)) && IsSafe(p.Value)),
        _ => true,
    };

    // Without escapes nothing can be broken but the UTF-8, and NUL can't occur. What has escapes is read.
    static bool IsPlain(ReadOnlySpan<byte> text) => !text.Contains((byte)'\\') && Utf8.IsValid(text);

    static void NameFaults(JsonElement element, string path, ProblemList problems)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String when !IsSafeText(element): problems.Add(Named(path), "must be valid Unicode text without NUL characters."); break;
            case JsonValueKind.Number when !IsSafeNumber(element): problems.Add(Named(path), $"must be a number between -1.8e308 and 1.8e308, 0 or at least 5e-324 away from it, of at most {LongestNumber:N0} characters."); break;
            case JsonValueKind.Array:
                var i = 0;
                foreach (var item in element.EnumerateArray()) NameFaults(item, $"{path}[{i++}]", problems);
                break;
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject()) CheckProperty(property, path, problems);
                break;
        }
    }

    /// <summary>Whether the names of the object's own fields can be read; looks no deeper.</summary>
    public static bool HasReadableNames(JsonElement element, ProblemList problems) =>
        element.ValueKind != JsonValueKind.Object || element.EnumerateObject().All(p => CheckName(p, "", problems) is not null);

    static void CheckProperty(JsonProperty property, string path, ProblemList problems)
    {
        if (CheckName(property, path, problems) is { } name) NameFaults(property.Value, path.Length == 0 ? ProblemList.Printable(name) : $"{path}.{ProblemList.Printable(name)}", problems);
    }

    // The name; null when it can't be read or stored.
    static string? CheckName(JsonProperty property, string path, ProblemList problems)
    {
        string name;
        try { name = property.Name; }
        catch (InvalidOperationException) { problems.Add(Named(path), "has a field whose name is not valid Unicode text."); return null; }
        if (!name.Contains('\0')) return name;
        problems.Add(Named(path), "has a field whose name contains a NUL character.");
        return null;
    }

    static bool IsSafeText(JsonElement text)
    {
        if (IsPlain(JsonMarshal.GetRawUtf8Value(text))) return true;
        try { return !text.GetString()!.Contains('\0'); }
        catch (InvalidOperationException) { return false; }   // the reader's word for a broken escape or broken UTF-8
    }

    // A number that is 0 only for the double would count as equal to every other such number.
    static bool IsSafeNumber(JsonElement number)
    {
        var text = number.GetRawText().AsSpan();
        if (text.Length > LongestNumber || !number.TryGetDouble(out var value) || !double.IsFinite(value)) return false;
        var e = text.IndexOfAny('e', 'E');
        var mantissa = e < 0 ? text : text[..e];
        return (value != 0 || mantissa.IndexOfAnyInRange('1', '9') < 0) && (e < 0 || IsSmallExponent(text[(e + 1)..]));
    }

    static bool IsSmallExponent(ReadOnlySpan<char> text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent) && Math.Abs((long)exponent) <= LargestExponent;

    static string Named(string path) => path.Length == 0 ? "body" : path;
}
