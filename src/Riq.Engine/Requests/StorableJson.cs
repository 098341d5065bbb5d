using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Riq.Engine.Requests;

/// <summary>
/// What services answer is JSON to the parser, but <c>jsonb</c> refuses NUL characters, halves of surrogate pairs and
/// boundless numbers. An outcome must be storable whatever it holds: such characters become U+FFFD, such numbers text.
/// </summary>
static partial class StorableJson
{
    const double LargestExponent = 308;

    public static string Of(JsonElement element)
    {
        // Broken UTF-8 is replaced here, too.
        var json = Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(element));
        return Risky().IsMatch(json) ? TextOrNumber().Replace(json, token => token.ValueSpan[0] == '"' ? Text(token.Value) : Number(token.Value)) : json;
    }

    // Two characters: a simple escape. Twelve: a whole pair.
    static string Text(string text) => Escape().Replace(text, escape => escape.Length is 2 or 12 ? escape.Value : "\\ufffd");

    static string Number(string number)
    {
        var parts = number.Split('e', 'E');
        var bounded = parts[0].Length <= LargestExponent && (parts.Length == 1 || Math.Abs(double.Parse(parts[1], CultureInfo.InvariantCulture)) <= LargestExponent);
        return bounded ? number : $"\"{number}\"";
    }

    [GeneratedRegex("""\\u|[0-9][eE]|[0-9]{300}""")]
    private static partial Regex Risky();

    [GeneratedRegex(""" "(?>[^"\\]|\\.)*" | -?[0-9][-+.0-9eE]* """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex TextOrNumber();

    [GeneratedRegex("""\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2} | \\u0000 | \\u[dD][89a-fA-F][0-9a-fA-F]{2} | \\.""", RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Escape();
}
