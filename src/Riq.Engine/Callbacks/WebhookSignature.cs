using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Riq.Engine.Callbacks;

/// <summary>The signature of the Standard Webhooks specification, version v1: HMAC-SHA256 over id, time and body. Pure.</summary>
static class WebhookSignature
{
    public const int ShortestSecret = 24;
    public const int LongestSecret = 64;
    const string Prefix = "whsec_";

    /// <summary>The value of header <c>webhook-signature</c>: one signature for each secret, so that either of two is enough while receivers change over.</summary>
    public static string Of(IEnumerable<byte[]> secrets, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        byte[] signed = [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.")), .. body];
        return string.Join(' ', secrets.Select(s => "v1," + Convert.ToBase64String(HMACSHA256.HashData(s, signed))));
    }

    /// <summary>Reads one or several secrets, separated by spaces; false when one is malformed or there is none.</summary>
    public static bool TryReadSecrets(string text, out IReadOnlyList<byte[]> secrets)
    {
        var read = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Read).ToArray();
        secrets = [.. read.OfType<byte[]>()];
        return read.Length > 0 && secrets.Count == read.Length;
    }

    static byte[]? Read(string text)
    {
        if (!text.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        var buffer = new byte[text.Length];
        return Convert.TryFromBase64String(text[Prefix.Length..], buffer, out var length) && length is >= ShortestSecret and <= LongestSecret ? buffer[..length] : null;
    }
}
