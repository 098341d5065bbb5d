using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using Riq.Engine.Security;

namespace Riq.Api.Security;

/// <summary>
/// Finds the caller in a signed token: <c>sub</c> is the client, a claim holds the scopes. Only asymmetric signatures count,
/// so that nobody can pass the issuer's public key off as a shared secret; issuer, audience and end are required.
/// </summary>
sealed class JwtCallers(JwtSettings settings)
{
    const int MaxTokenBytes = 16 * 1024;
    const int LongestClient = 100;

    static readonly string[] Asymmetric =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512, SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384,
        SecurityAlgorithms.RsaSsaPssSha512, SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = MaxTokenBytes };

    readonly TokenValidationParameters _rules = new()
    {
        ValidAlgorithms = Asymmetric, RequireSignedTokens = true, ValidateIssuerSigningKey = true,
        ValidIssuer = settings.Issuer, ValidateIssuer = true,
        ValidAudience = settings.Audience, ValidateAudience = true, RequireAudience = true,
        ValidateLifetime = true, RequireExpirationTime = true, ClockSkew = settings.ClockSkew,
        IssuerSigningKeys = settings.JwksFile.Length > 0 ? settings.FileKeys() : null,
        ConfigurationManager = settings.Authority.Length > 0 ? Discovery(settings.Authority) : null,
    };

    /// <summary>Whether the text has the form of a token; keys made by RIQ have not.</summary>
    public static bool IsToken(string text) => text.AsSpan().Count('.') == 2;

    /// <summary>Null when the token is not valid here.</summary>
    public async Task<Caller?> Find(string token)
    {
        var result = await _handler.ValidateTokenAsync(token, _rules);
        if (!result.IsValid || result.SecurityToken is not JsonWebToken valid || valid.Subject is not { Length: > 0 and <= LongestClient } client || client.Any(char.IsControl)) return null;
        return new(client, ScopesOf(valid), null);
    }

    Scopes ScopesOf(JsonWebToken token) => ScopeWords.Of(token.Claims.Where(c => c.Type == settings.ScopeClaim)
        .SelectMany(c => c.Value.Split(' ')).Where(w => w.StartsWith(settings.ScopePrefix, StringComparison.Ordinal)).Select(w => w[settings.ScopePrefix.Length..]));

    static ConfigurationManager<OpenIdConnectConfiguration> Discovery(string authority) =>
        new($"{authority.TrimEnd('/')}/.well-known/openid-configuration", new OpenIdConnectConfigurationRetriever(), new HttpDocumentRetriever { RequireHttps = true });
}
