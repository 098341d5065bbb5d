using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using Riq.Engine;

namespace Riq.Api.Security;

/// <summary>Tokens of an identity provider instead of keys: section <c>Riq:Jwt</c>. Used when it has any setting.</summary>
sealed class JwtSettings
{
    public const string Section = "Riq:Jwt";

    /// <summary>Address of the issuer, whose keys are found by OpenID Connect discovery (https); or give <see cref="JwksFile"/>.</summary>
    public string Authority { get; set; } = "";
    /// <summary>A file with the issuer's public keys as a JSON Web Key Set.</summary>
    public string JwksFile { get; set; } = "";
    /// <summary>What <c>iss</c> must say.</summary>
    public string Issuer { get; set; } = "";
    /// <summary>What <c>aud</c> must contain.</summary>
    public string Audience { get; set; } = "";
    /// <summary>The claim that holds the scopes, as one text with blanks or as a list.</summary>
    public string ScopeClaim { get; set; } = "scope";
    /// <summary>What stands before <c>submit</c>, <c>read</c> and <c>operate</c> there, e.g. <c>riq:</c>.</summary>
    public string ScopePrefix { get; set; } = "";
    /// <summary>How far the issuer's clock may be off.</summary>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Null when tokens are not used; throws one exception that names everything that is wrong.</summary>
    public static JwtSettings? Read(IConfiguration configuration)
    {
        if (!configuration.GetSection(Section).GetChildren().Any()) return null;
        var problems = new List<string>();
        var settings = SettingsReader.Read<JwtSettings>(configuration, Section, problems);
        problems.AddRange(settings.Problems());
        return problems.Count == 0 ? settings : throw new OptionsValidationException(Section, typeof(JwtSettings), problems);
    }

    /// <summary>The keys of the file that can verify a signature; secret ones are no use to anybody but an attacker.</summary>
    public IReadOnlyList<SecurityKey> FileKeys() => [.. new JsonWebKeySet(File.ReadAllText(JwksFile)).Keys.Where(k => k.Kty is "RSA" or "EC")];

    IEnumerable<string> Problems()
    {
        if (Issuer.Length == 0) yield return $"{Section}:Issuer is missing: what the tokens' iss says.";
        if (Audience.Length == 0) yield return $"{Section}:Audience is missing: what the tokens' aud must contain.";
        if (ScopeClaim.Length == 0) yield return $"{Section}:ScopeClaim must name a claim.";
        if (ClockSkew < TimeSpan.Zero || ClockSkew > TimeSpan.FromMinutes(5)) yield return $"{Section}:ClockSkew must be between 0 and 5 minutes.";
        if ((Authority.Length > 0) == (JwksFile.Length > 0)) yield return $"{Section} needs either Authority (https://…) or JwksFile.";
        else if (Authority.Length > 0 && !Authority.StartsWith("https://", StringComparison.Ordinal)) yield return $"{Section}:Authority must begin with https://.";
        else if (JwksFile.Length > 0 && FileProblem() is { } problem) yield return $"{Section}:JwksFile {problem}";
    }

    string? FileProblem()
    {
        try { return FileKeys().Count > 0 ? null : "holds no RSA or EC key."; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return $"can't be read: {e.Message}"; }
        catch (ArgumentException) { return "is no JSON Web Key Set: it must look like {\"keys\":[…]}."; }
    }
}
