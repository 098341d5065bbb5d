using Riq.Simulator.Accounts;

namespace Riq.Simulator.Settings;

/// <summary>How OAuth tokens live, and whether product calls are held to them.</summary>
sealed record TokenSettings
{
    /// <summary>Whether a Bearer token of a product call must be a live one from <c>/oauth/token</c>. Otherwise any credentials do.</summary>
    public bool Enforced { get; init; }

    /// <summary>Whether Basic credentials must be those of an account of the site, with <see cref="ApiToken"/>.</summary>
    public bool ApiTokenEnforced { get; init; }

    /// <summary>The API token that every account of the site has when it is enforced.</summary>
    public string ApiToken { get; init; } = "simulated-api-token";

    /// <summary>What calls with a credential are answered that was good once: <c>401</c>, <c>403</c>, <c>404</c>, or what <c>nobody</c> sees. One that never was gets a 401.</summary>
    public string Ended { get; init; } = EndedCredentials.Unauthorized;

    /// <summary>Life of an access token.</summary>
    public TimeSpan AccessTokenTtl { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a spent refresh token may be presented again before that revokes its family.</summary>
    public TimeSpan RotationLeeway { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>A refresh token that exists from the start, for clients that begin with one; empty for none.</summary>
    public string SeedRefreshToken { get; init; } = "simulated-refresh-token";

    /// <summary>The cloud id of the simulated site.</summary>
    public string CloudId { get; init; } = "11111111-2222-4333-8444-555555555555";

    public IEnumerable<string> Problems()
    {
        if (AccessTokenTtl <= TimeSpan.Zero) yield return "Simulator:Tokens:AccessTokenTtl must be above 0.";
        if (RotationLeeway < TimeSpan.Zero) yield return "Simulator:Tokens:RotationLeeway must not be negative.";
        if (!EndedCredentials.All.Contains(Ended)) yield return $"Simulator:Tokens:Ended must be one of {string.Join(", ", EndedCredentials.All)}.";
        if (ApiToken.Length == 0) yield return "Simulator:Tokens:ApiToken must not be empty.";
        if (CloudId.Length == 0) yield return "Simulator:Tokens:CloudId must not be empty.";
    }
}
