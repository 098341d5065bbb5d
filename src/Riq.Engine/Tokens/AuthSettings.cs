using System.Security.Cryptography;
using System.Text;

namespace Riq.Engine.Tokens;

/// <summary>The credential for one service: section <c>Riq:Services:&lt;name&gt;:Auth</c>.</summary>
public sealed class AuthSettings
{
    public const string None = "none";
    /// <summary>The older name of <see cref="ApiToken"/>.</summary>
    public const string Basic = "basic";
    public const string ApiToken = "api_token";
    public const string Bearer = "bearer";
    public const string OAuthRefresh = "oauth2_refresh";
    public const string OAuthClient = "oauth2_client_credentials";

    string _type = None;

    /// <summary><c>none</c>, <c>api_token</c> (or <c>basic</c>), <c>bearer</c>, <c>oauth2_refresh</c>, <c>oauth2_client_credentials</c>. Default none.</summary>
    public string Type { get => _type; set => _type = value.Trim().ToLowerInvariant() is var t && t == Basic ? ApiToken : t; }

    /// <summary>For <c>api_token</c>: the account's e-mail address.</summary>
    public string User { get; set; } = "";

    /// <summary>For <c>api_token</c> and <c>bearer</c>: the token.</summary>
    public string Secret { get; set; } = "";

    /// <summary>For both OAuth types: the token endpoint. Default: Atlassian's.</summary>
    public string TokenUrl { get; set; } = "https://auth.atlassian.com/oauth/token";

    public string ClientId { get; set; } = "";
    public string ClientSecret { get; set; } = "";

    /// <summary>For <c>oauth2_refresh</c>: the first refresh token. From then on the newest one is kept in the database.</summary>
    public string RefreshToken { get; set; } = "";

    /// <summary>What to ask for; empty: what the grant has.</summary>
    public string Scope { get; set; } = "";

    /// <summary>How long before its end an access token is replaced, ± 10 %, but never more than half of its life. Default 5 min.</summary>
    public TimeSpan RefreshBefore { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long one answer of the token endpoint may take. Default 10 s.</summary>
    public TimeSpan RefreshTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a refused credential is tried again. Default 1 min.</summary>
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>For <c>api_token</c> and <c>bearer</c>: when the token ends, where that is known. From then on a 403 or 404 is taken for its refusal. Default: unknown.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>Whether requests end with <c>AUTH_FAILED</c> when the credential is refused, in place of waiting for another one. Default false.</summary>
    public bool FailRequests { get; set; }

    public bool IsOAuth => Type is OAuthRefresh or OAuthClient;

    public bool IsUsed => Type != None;

    /// <summary>Whether the service's work waits while the credential with this seed is of no use.</summary>
    public bool WaitsFor(string service, byte[] seed) => IsUsed && !FailRequests && seed.AsSpan().SequenceEqual(Seed(service));

    /// <summary>Changes with the configured credential. One-way, and of no use without the credential's own entropy.</summary>
    public byte[] Seed(string service) => SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', "riq-grant", service, Type, User, Secret, TokenUrl, ClientId, RefreshToken)));

    /// <summary>What is wrong with the OAuth settings and the times; what is static is checked beside the connection.</summary>
    public IEnumerable<string> Problems(string path, bool hasEncryption)
    {
        if (RefreshBefore <= TimeSpan.Zero || RefreshBefore > TimeSpan.FromHours(1)) yield return $"{path}:RefreshBefore must be positive and at most 1 hour.";
        if (RefreshTimeout < TimeSpan.FromSeconds(1) || RefreshTimeout > TimeSpan.FromMinutes(1)) yield return $"{path}:RefreshTimeout must be between 1 second and 1 minute.";
        if (ProbeInterval < TimeSpan.FromMilliseconds(100) || ProbeInterval > TimeSpan.FromHours(1)) yield return $"{path}:ProbeInterval must be between 100 milliseconds and 1 hour.";
        if (ExpiresAt is not null && Type is not (ApiToken or Bearer)) yield return $"{path}:ExpiresAt is set but {path}:Type is {Type}: only api_token and bearer have a configured end.";
        if (!IsOAuth) yield break;
        if (!IsEndpoint(TokenUrl)) yield return $"{path}:TokenUrl must be an https address (http only on this machine), without user, query or fragment.";
        if (ClientId.Length == 0) yield return $"{path}:ClientId is missing: {Type} needs the app's client id.";
        if (ClientSecret.Length == 0) yield return $"{path}:ClientSecret is missing: {Type} needs the app's client secret.";
        if (Secret.Length > 0) yield return $"{path}:Secret is set but {path}:Type is {Type}, which does not use it.";
        if (Type == OAuthRefresh && !hasEncryption) yield return "Riq:Encryption:Current is missing: oauth2_refresh keeps its tokens encrypted. Give Riq:Encryption:Keys:<id> (openssl rand -base64 32) and Riq:Encryption:Current = <id>.";
        if (Type == OAuthClient && RefreshToken.Length > 0) yield return $"{path}:RefreshToken is set but {path}:Type is {Type}, which has none.";
    }

    static bool IsEndpoint(string address) => Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri is { UserInfo: "", Query: "", Fragment: "" }
        && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback);
}
