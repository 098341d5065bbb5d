namespace Riq.Engine.Tokens;

/// <summary>The keys that tokens are encrypted with at rest: section <c>Riq:Encryption</c>.</summary>
public sealed class EncryptionSettings
{
    public const int KeyBytes = 32;
    public const int MaxIdLength = 64;

    /// <summary>Each key by its id: 32 bytes in base64. Old ones stay as long as something is encrypted with them.</summary>
    public Dictionary<string, string> Keys { get; set; } = new(StringComparer.Ordinal);

    /// <summary>The id of the key that everything new is encrypted with.</summary>
    public string Current { get; set; } = "";

    public bool IsUsed => Current.Length > 0;

    public IEnumerable<string> Problems(string path)
    {
        foreach (var (id, key) in Keys)
        {
            if (id.Length > MaxIdLength || id.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))) yield return $"{path}:Keys has an id that is not made of at most {MaxIdLength} letters, digits, '-', '_' and '.'.";
            if (BytesOf(key) is null) yield return $"{path}:Keys:{id} must be {KeyBytes} bytes in base64, e.g. from: openssl rand -base64 {KeyBytes}.";
        }
        if (IsUsed && !Keys.ContainsKey(Current)) yield return $"{path}:Current names no key of {path}:Keys: give {path}:Keys:{Current}.";
        if (!IsUsed && Keys.Count > 0) yield return $"{path}:Current is missing: name the key of {path}:Keys that new tokens are encrypted with.";
    }

    /// <summary>Null when it is not a key.</summary>
    public static byte[]? BytesOf(string key)
    {
        var bytes = new byte[KeyBytes + 2];
        return Convert.TryFromBase64String(key.Trim(), bytes, out var length) && length == KeyBytes ? bytes[..KeyBytes] : null;
    }
}
