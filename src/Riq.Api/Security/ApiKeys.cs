using Microsoft.Extensions.Options;
using Riq.Engine.Security;

namespace Riq.Api.Security;

/// <summary>
/// Keys of the settings: section <c>Riq:ApiKeys</c>, one entry per client, <c>sha256:</c> and the SHA-256 of its key in
/// hex, then its scopes if they are not <c>submit,read</c>. Keys themselves are never stored. Others are in the table
/// <c>api_keys</c>: <see cref="KeyRing"/>.
/// </summary>
sealed class ApiKeys
{
    /// <summary>The client when there are no keys.</summary>
    public const string LocalClient = "local";

    const string Prefix = "sha256:";
    const int HashEnd = 71;
    const Scopes DefaultScopes = Scopes.Submit | Scopes.Read;

    readonly Dictionary<string, Caller> _callersByHash;

    ApiKeys(Dictionary<string, Caller> callersByHash, bool required) => (_callersByHash, Required) = (callersByHash, required);

    /// <summary>Whether nobody is let in without a key, whatever the table holds.</summary>
    public bool Required { get; }

    public static ApiKeys Read(IConfiguration configuration)
    {
        var entries = configuration.GetSection("Riq:ApiKeys").GetChildren().ToArray();
        var problems = entries.Select(Problem).OfType<string>().ToList();
        problems.AddRange(entries.Where(e => Problem(e) is null).GroupBy(HashOf).Where(g => g.Count() > 1)
            .Select(g => $"Riq:ApiKeys gives {string.Join(" and ", g.Select(e => e.Key))} the same key; each client needs its own."));
        if (configuration["Riq:RequireKeys"] is { } text && !bool.TryParse(text, out _)) problems.Add("Riq:RequireKeys must be true or false.");
        if (problems.Count > 0) throw new OptionsValidationException("Riq:ApiKeys", typeof(ApiKeys), problems);
        return new(entries.ToDictionary(HashOf, e => new Caller(e.Key, ScopesOf(e)!.Value, null)), entries.Length > 0 || configuration.GetValue<bool>("Riq:RequireKeys") || configuration.GetSection(JwtSettings.Section).GetChildren().Any());
    }

    /// <summary>The client whose key has this hash (hex); null when it is nobody's.</summary>
    public Caller? Find(string hash) => _callersByHash.GetValueOrDefault(hash);

    static string? Problem(IConfigurationSection e) =>
        !IsHash(e.Value) ? $"Riq:ApiKeys:{e.Key} must be sha256:<64 hex digits>, e.g. from: printf %s \"$KEY\" | sha256sum. Scopes may follow: sha256:… {ScopeWords.All}."
        : ScopesOf(e) is null ? $"Riq:ApiKeys:{e.Key} names a scope that there is not; the scopes are: {ScopeWords.All}."
        : null;

    static string HashOf(IConfigurationSection e) => e.Value![Prefix.Length..HashEnd].ToLowerInvariant();

    static Scopes? ScopesOf(IConfigurationSection e) => e.Value!.Length == HashEnd ? DefaultScopes : ScopeWords.Parse(e.Value[HashEnd..]);

    static bool IsHash(string? value) =>
        value is { Length: >= HashEnd } && value.StartsWith(Prefix, StringComparison.Ordinal) && value.AsSpan(Prefix.Length, HashEnd - Prefix.Length).IndexOfAnyExcept("0123456789abcdefABCDEF") < 0
        && (value.Length == HashEnd || value[HashEnd] == ' ');
}
