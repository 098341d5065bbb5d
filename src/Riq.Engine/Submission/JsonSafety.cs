using System.Text.Json;
using Riq.Contracts;

namespace Riq.Engine.Submission;

/// <summary>
/// Finds what is valid JSON to the parser but can't be stored or compared: NUL characters, broken surrogate pairs and
/// UTF-8, numbers beyond a double. Run it before anything reads the text of the element.
/// </summary>
static class JsonSafety
{
    public static void Check(JsonElement element, string path, ProblemList problems)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String when !IsSafe(element): problems.Add(Named(path), "must be valid Unicode text without NUL characters."); break;
            case JsonValueKind.Number when !IsFinite(element): problems.Add(Named(path), "must be a number between -1.8e308 and 1.8e308."); break;
            case JsonValueKind.Array:
                var i = 0;
                foreach (var item in element.EnumerateArray()) Check(item, $"{path}[{i++}]", problems);
                break;
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject()) CheckProperty(property, path, problems);
                break;
        }
    }

    static void CheckProperty(JsonProperty property, string path, ProblemList problems)
    {
        string name;
        try { name = property.Name; }
        catch (InvalidOperationException) { problems.Add(Named(path), "has a field whose name is not valid Unicode text."); return; }
        if (name.Contains('\0')) problems.Add(Named(path), "has a field whose name contains a NUL character.");
        else Check(property.Value, path.Length == 0 ? ProblemList.Printable(name) : $"{path}.{ProblemList.Printable(name)}", problems);
    }

    static bool IsSafe(JsonElement text)
    {
        try { return !text.GetString()!.Contains('\0'); }
        catch (InvalidOperationException) { return false; }   // the reader's word for a broken escape or broken UTF-8
    }

    static bool IsFinite(JsonElement number) => number.TryGetDouble(out var value) && double.IsFinite(value);

    static string Named(string path) => path.Length == 0 ? "body" : path;
}
