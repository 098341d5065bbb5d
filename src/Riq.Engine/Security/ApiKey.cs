using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Riq.Engine.Security;

/// <summary>A key that counts now, without its secret.</summary>
sealed record ApiKey(string Client, Scopes Scopes, int? Quota);

/// <summary>What <c>./riq keys list</c> tells of a key.</summary>
sealed record ApiKeyInfo(string Id, string Client, string[] Scopes, int? Quota, DateTime CreatedAt, string CreatedBy, DateTime? ExpiresAt, DateTime? RevokedAt, bool Counts);

/// <summary>A key as it is made: its text is shown once and kept nowhere.</summary>
sealed record NewApiKey(string Id, string Text)
{
    /// <summary>What every key begins with, so that scanners for leaked secrets can find it.</summary>
    public const string Prefix = "riq_";

    const int IdBytes = 5, SecretBytes = 32;

    public static NewApiKey Make()
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
        return new(id, $"{Prefix}{id}_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes))}");
    }

    public static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    public override string ToString() => Id;
}
