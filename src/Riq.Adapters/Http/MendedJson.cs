using System.Text;
using System.Text.Unicode;

namespace Riq.Adapters.Http;

/// <summary>
/// Replaces what JSON may carry but neither .NET nor Postgres takes as text: invalid UTF-8, <c>\u0000</c> and half surrogate
/// pairs become U+FFFD. Without it one odd character typed into an issue would make its result impossible to store.
/// </summary>
static class MendedJson
{
    const int EscapeLength = 6;   // \uXXXX

    /// <summary>The same bytes, mended in place where possible.</summary>
    public static byte[] Of(byte[] json)
    {
        if (!Utf8.IsValid(json)) json = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json));
        for (var i = json.AsSpan().IndexOf((byte)'\\'); i >= 0 && i + 1 < json.Length;) i = MendEscape(json, i);
        return json;
    }

    // Returns the index of the next backslash, or -1.
    static int MendEscape(byte[] json, int at)
    {
        var next = at + 2;
        if (UnitAt(json, at) is { } unit)
        {
            next = at + EscapeLength;
            if (char.IsHighSurrogate((char)unit) && UnitAt(json, next) is { } second && char.IsLowSurrogate((char)second)) next += EscapeLength;
            else if (unit == 0 || char.IsSurrogate((char)unit)) "fffd"u8.CopyTo(json.AsSpan(at + 2));
        }
        var rest = json.AsSpan(Math.Min(next, json.Length)).IndexOf((byte)'\\');
        return rest < 0 ? -1 : next + rest;
    }

    static int? UnitAt(byte[] json, int at)
    {
        if (at + EscapeLength > json.Length || json[at] != '\\' || json[at + 1] != 'u') return null;
        var digits = Encoding.ASCII.GetString(json, at + 2, 4);
        return digits.All(char.IsAsciiHexDigit) ? Convert.ToInt32(digits, 16) : null;
    }
}
