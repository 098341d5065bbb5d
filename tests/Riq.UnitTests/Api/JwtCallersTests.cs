using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Riq.Api.Security;
using Riq.Engine.Security;

namespace Riq.UnitTests.Api;

/// <summary>Signed tokens: the right one, and everything that people try in its place.</summary>
public sealed class JwtCallersTests : IDisposable
{
    const string Issuer = "https://issuer.example", Audience = "riq";

    readonly RSA _rsa = RSA.Create(2048);
    readonly string _file = Path.GetTempFileName();
    readonly JwtCallers _callers;

    public JwtCallersTests()
    {
        File.WriteAllText(_file, Jwks(_rsa));
        _callers = new(new() { Issuer = Issuer, Audience = Audience, JwksFile = _file });
    }

    public void Dispose()
    {
        _rsa.Dispose();
        File.Delete(_file);
    }

    static string Jwks(RSA rsa)
    {
        var p = rsa.ExportParameters(false);
        return JsonSerializer.Serialize(new { keys = new[] { new { kty = "RSA", kid = "k1", use = "sig", n = Base64UrlEncoder.Encode(p.Modulus), e = Base64UrlEncoder.Encode(p.Exponent) } } });
    }

    string Token(RSA? signer = null, string issuer = Issuer, string audience = Audience, int livesFor = 600, int startsIn = -5, string? sub = "anna", object? scope = null)
    {
        var now = DateTime.UtcNow;
        var claims = new Dictionary<string, object> { ["scope"] = scope ?? "submit read other" };
        if (sub is not null) claims["sub"] = sub;
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer, Audience = audience, NotBefore = now.AddSeconds(startsIn), Expires = now.AddSeconds(livesFor), IssuedAt = now.AddSeconds(-60), Claims = claims,
            SigningCredentials = new(new RsaSecurityKey(signer ?? _rsa) { KeyId = "k1" }, SecurityAlgorithms.RsaSha256),
        });
    }

    static string Part(object json) => Base64UrlEncoder.Encode(JsonSerializer.Serialize(json));

    // By hand: what no library would make.
    string Handmade(object header, object payload, Func<byte[], byte[]>? sign = null)
    {
        var text = $"{Part(header)}.{Part(payload)}";
        return $"{text}.{(sign is null ? "" : Base64UrlEncoder.Encode(sign(Encoding.ASCII.GetBytes(text))))}";
    }

    byte[] Signed(byte[] text) => _rsa.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    static object Payload(long? exp = null, string? iss = Issuer, string? aud = Audience) => new Dictionary<string, object?> { ["sub"] = "anna", ["iss"] = iss, ["aud"] = aud, ["exp"] = exp, ["scope"] = "operate" }.Where(p => p.Value is not null).ToDictionary();

    static long Later => DateTimeOffset.UtcNow.AddMinutes(10).ToUnixTimeSeconds();

    [Fact]
    public async Task A_good_token_says_who_and_what() => Assert.Equal(new Caller("anna", Scopes.Submit | Scopes.Read, null), await _callers.Find(Token()));

    [Fact]
    public async Task Scopes_may_be_a_list_and_have_a_prefix()
    {
        Assert.Equal(Scopes.Operate | Scopes.Read, (await _callers.Find(Token(scope: new[] { "operate", "read" })))!.Scopes);
        var prefixed = new JwtCallers(new() { Issuer = Issuer, Audience = Audience, JwksFile = _file, ScopePrefix = "riq:" });
        Assert.Equal(Scopes.Submit, (await prefixed.Find(Token(scope: "riq:submit read operate")))!.Scopes);
    }

    [Fact]
    public async Task The_handmade_tokens_differ_from_a_good_one_by_their_fault_alone() =>
        Assert.Equal("anna", (await _callers.Find(Handmade(new { alg = "RS256", kid = "k1" }, Payload(Later), Signed)))?.Client);

    [Fact]
    public async Task Nothing_else_is_taken_for_one()
    {
        using var stranger = RSA.Create(2048);
        var publicKey = Encoding.ASCII.GetBytes(_rsa.ExportSubjectPublicKeyInfoPem());
        var good = Token();
        var tokens = new Dictionary<string, string>
        {
            ["alg none"] = Handmade(new { alg = "none" }, Payload(Later)),
            ["alg None with a signature"] = Handmade(new { alg = "None", kid = "k1" }, Payload(Later), Signed),
            ["no alg"] = Handmade(new { kid = "k1" }, Payload(Later), Signed),
            ["HS256 with the public key as its secret"] = Handmade(new { alg = "HS256", kid = "k1" }, Payload(Later), t => HMACSHA256.HashData(publicKey, t)),
            ["HS256 with the modulus as its secret"] = Handmade(new { alg = "HS256", kid = "k1" }, Payload(Later), t => HMACSHA256.HashData(_rsa.ExportParameters(false).Modulus!, t)),
            ["a key of its own in the header"] = Handmade(new { alg = "RS256", jwk = JsonSerializer.Deserialize<JsonElement>(Jwks(stranger)).GetProperty("keys")[0] }, Payload(Later), t => stranger.SignData(t, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)),
            ["signed by another key"] = Token(signer: stranger),
            ["no signature"] = good[..(good.LastIndexOf('.') + 1)],
            ["another payload"] = $"{good.Split('.')[0]}.{Part(Payload(Later))}.{good.Split('.')[2]}",
            ["another audience"] = Token(audience: "someone else"),
            ["no audience"] = Handmade(new { alg = "RS256", kid = "k1" }, Payload(Later, aud: null), Signed),
            ["another issuer"] = Token(issuer: "https://evil.example"),
            ["no issuer"] = Handmade(new { alg = "RS256", kid = "k1" }, Payload(Later, iss: null), Signed),
            ["expired"] = Token(livesFor: -60, startsIn: -600),
            ["no end"] = Handmade(new { alg = "RS256", kid = "k1" }, Payload(), Signed),
            ["not yet"] = Token(startsIn: 120),
            ["nobody"] = Token(sub: null),
            ["an empty name"] = Token(sub: ""),
            ["a name without end"] = Token(sub: new string('x', 101)),
            ["huge"] = Token(sub: new string('x', 20_000)),
            ["words"] = "a.b.c", ["dots"] = "..",
        };
        foreach (var (what, token) in tokens)
            Assert.True(await _callers.Find(token) is null, what);
    }

    [Theory]
    [InlineData("Riq:Jwt:Issuer"), InlineData("Riq:Jwt:Audience"), InlineData("Riq:Jwt needs either Authority", "Issuer", "a", "Audience", "b"), InlineData("Riq:Jwt:Authority", "Issuer", "a", "Audience", "b", "Authority", "http://a")]
    [InlineData("Riq:Jwt:JwksFile", "Issuer", "a", "Audience", "b", "JwksFile", "/nowhere/at/all"), InlineData("Riq:Jwt:ClockSkew", "ClockSkew", "1.00:00:00"), InlineData("Riq:Jwt:ClockSkew", "ClockSkew", "soon")]
    public void What_is_wrong_with_the_settings_is_named(string named, params string[] settings)
    {
        var values = settings.Chunk(2).Select(p => KeyValuePair.Create($"Riq:Jwt:{p[0]}", (string?)p[1])).Append(new("Riq:Jwt:ScopePrefix", "x"));
        var failures = Assert.Throws<OptionsValidationException>(() => JwtSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build())).Failures;
        Assert.Contains(failures, f => f.StartsWith(named, StringComparison.Ordinal));
    }

    [Fact]
    public void Without_any_setting_tokens_are_not_used() => Assert.Null(JwtSettings.Read(new ConfigurationBuilder().Build()));
}
