using System.Security.Cryptography;
using System.Text;

namespace Riq.Engine.Tokens;

/// <summary>A token that can't be read: its key is not configured, it was changed, or it belongs to another service.</summary>
sealed class UnreadableTokenException(string message) : Exception(message);

/// <summary>
/// Encrypts tokens for the table: AES-256-GCM, with service and column as associated data so that a ciphertext is worth
/// nothing in another place. Layout: version, length of the key's id, id, nonce, tag, ciphertext.
/// </summary>
sealed class TokenCipher(EncryptionSettings settings)
{
    const byte Version = 1;
    const int NonceBytes = 12, TagBytes = 16;

    readonly Dictionary<string, byte[]> _keys = settings.Keys.ToDictionary(k => k.Key, k => EncryptionSettings.BytesOf(k.Value)!, StringComparer.Ordinal);

    /// <summary>Whether there is a key to encrypt with.</summary>
    public bool CanEncrypt => settings.IsUsed;

    public byte[] Encrypt(string service, string column, string token)
    {
        var id = Encoding.ASCII.GetBytes(settings.Current);
        var plain = Encoding.UTF8.GetBytes(token);
        byte[] sealedToken = [Version, (byte)id.Length, .. id, .. new byte[NonceBytes + TagBytes + plain.Length]];
        var parts = Parts(sealedToken, id.Length);
        RandomNumberGenerator.Fill(parts.Nonce);
        using var aes = new AesGcm(_keys[settings.Current], TagBytes);
        aes.Encrypt(parts.Nonce, plain, parts.Cipher, parts.Tag, Bound(service, column, settings.Current));
        return sealedToken;
    }

    public string Decrypt(string service, string column, byte[] sealedToken)
    {
        var what = $"The {column} of {service} in service_grants";
        if (sealedToken.Length < 2 || sealedToken[0] != Version || sealedToken.Length < 2 + sealedToken[1] + NonceBytes + TagBytes) throw new UnreadableTokenException($"{what} is damaged.");
        var id = Encoding.ASCII.GetString(sealedToken, 2, sealedToken[1]);
        if (!_keys.TryGetValue(id, out var key)) throw new UnreadableTokenException($"{what} is encrypted with key {Contracts.ProblemList.Printable(id)}, which is not among Riq:Encryption:Keys.");
        var parts = Parts(sealedToken, sealedToken[1]);
        var plain = new byte[parts.Cipher.Length];
        using var aes = new AesGcm(key, TagBytes);
        try { aes.Decrypt(parts.Nonce, parts.Cipher, parts.Tag, plain, Bound(service, column, id)); }
        catch (AuthenticationTagMismatchException) { throw new UnreadableTokenException($"{what} does not fit its key {id}: another key has the same id, or the row was changed."); }
        return Encoding.UTF8.GetString(plain);
    }

    static PartsOf Parts(byte[] all, int idLength)
    {
        var rest = all.AsSpan(2 + idLength);
        return new() { Nonce = rest[..NonceBytes], Tag = rest.Slice(NonceBytes, TagBytes), Cipher = rest[(NonceBytes + TagBytes)..] };
    }

    readonly ref struct PartsOf
    {
        public Span<byte> Nonce { get; init; }
        public Span<byte> Tag { get; init; }
        public Span<byte> Cipher { get; init; }
    }

    static byte[] Bound(string service, string column, string keyId) => Encoding.UTF8.GetBytes($"{service}\n{column}\n{keyId}");
}
