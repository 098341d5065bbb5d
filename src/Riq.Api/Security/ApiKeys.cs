using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Riq.Api.Security;

/// <summary>
/// Who may use the API: section <c>Riq:ApiKeys</c>, one entry per client, <c>sha256:</c> and the SHA-256 of its key in hex.
/// Keys themselves are never stored.
/// </summary>
sealed class ApiKeys
{
    /// <summary>The client when no keys are configured.</summary>
    public const string LocalClient = "local";

    const string Prefix = "sha256:";

    readonly Dictionary<string, string> _clientsByHash;

    ApiKeys(Dictionary<string, string> clientsByHash) => _clientsByHash = clientsByHash;

    public bool None => _clientsByHash.Count == 0;

    public static ApiKeys Read(IConfiguration configuration)
    {
        var entries = configuration.GetSection("Riq:ApiKeys").GetChildren().ToArray();
        var problems = entries.Where(e => !IsHash(e.Value)).Select(e => $"Riq:ApiKeys:{e.Key} must be sha256:<64 hex digits>, e.g. from: printf %s \"$KEY\" | sha256sum.").ToList();
        problems.AddRange(entries.Where(e => IsHash(e.Value)).GroupBy(e => e.Value!.ToLowerInvariant()).Where(g => g.Count() > 1)
            .Select(g => $"Riq:ApiKeys gives {string.Join(" and ", g.Select(e => e.Key))} the same key; each client needs its own."));
        if (problems.Count > 0) throw new OptionsValidationException("Riq:ApiKeys", typeof(ApiKeys), problems);
        return new(entries.ToDictionary(e => e.Value![Prefix.Length..].ToLowerInvariant(), e => e.Key));
    }

    /// <summary>The client that the key belongs to; null when it is nobody's.</summary>
    public string? ClientOf(string key) =>
        _clientsByHash.GetValueOrDefault(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))));

    static bool IsHash(string? value) =>
        value is { Length: 71 } && value.StartsWith(Prefix, StringComparison.Ordinal) && value.AsSpan(Prefix.Length).IndexOfAnyExcept("0123456789abcdefABCDEF") < 0;
}
