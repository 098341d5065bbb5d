using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Riq.Api.Security;
using Riq.Engine.Security;

namespace Riq.UnitTests.Configuration;

public class ApiKeysTests
{
    static string HashOf(string key) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    static ApiKeys Read(params (string Client, string? Hash)[] entries) =>
        ApiKeys.Read(new ConfigurationBuilder().AddInMemoryCollection(entries.Select(e => KeyValuePair.Create($"Riq:ApiKeys:{e.Client}", e.Hash))).Build());

    static Caller? Find(ApiKeys keys, string key) => keys.Find(HashOf(key)["sha256:".Length..]);

    static string? ClientOf(ApiKeys keys, string key) => Find(keys, key)?.Client;

    [Fact]
    public void Without_entries_there_are_none()
    {
        Assert.False(Read().Required);
        Assert.Null(ClientOf(Read(), "anything"));
    }

    [Fact]
    public void A_key_leads_to_its_client_and_to_no_other()
    {
        var keys = Read(("anna", HashOf("secret-a")), ("ben", HashOf("sécret-b")));
        Assert.True(keys.Required);
        Assert.Equal(("anna", "ben", null, null), (ClientOf(keys, "secret-a"), ClientOf(keys, "sécret-b"), ClientOf(keys, "Secret-a"), ClientOf(keys, "")));
    }

    [Fact]
    public void The_stored_hash_is_no_key()
    {
        var keys = Read(("anna", HashOf("secret")));
        Assert.Null(ClientOf(keys, HashOf("secret")));
        Assert.Null(ClientOf(keys, HashOf("secret")["sha256:".Length..]));
    }

    [Fact]
    public void Hex_digits_may_be_upper_case() => Assert.Equal("anna", ClientOf(Read(("anna", "sha256:" + HashOf("k")["sha256:".Length..].ToUpperInvariant())), "k"));

    [Fact]
    public void Every_bad_entry_is_named_at_once()
    {
        var good = HashOf("k")["sha256:".Length..];
        (string, string?)[] entries = [("plain", "secret"), ("empty", ""), ("short", "sha256:" + good[1..]), ("long", $"sha256:{good}0"), ("odd", "sha256:" + good[1..] + "g"), ("bare", good), ("md5", "md5:" + good), ("nothing", null)];
        var failures = Assert.Throws<OptionsValidationException>(() => Read([.. entries, ("fine", HashOf("fine"))])).Failures.ToArray();
        Assert.Equal(entries.Select(e => $"Riq:ApiKeys:{e.Item1}").Order(StringComparer.Ordinal), failures.Select(f => f.Split(' ')[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Scopes_may_follow_the_hash_and_are_submit_and_read_otherwise()
    {
        var keys = Read(("anna", HashOf("a")), ("olga", HashOf("o") + " operate"), ("ann", HashOf("n") + " submit, read,operate"));
        Assert.Equal((Scopes.Submit | Scopes.Read, Scopes.Operate, Scopes.Submit | Scopes.Read | Scopes.Operate), (Find(keys, "a")!.Scopes, Find(keys, "o")!.Scopes, Find(keys, "n")!.Scopes));
        var failure = Assert.Single(Assert.Throws<OptionsValidationException>(() => Read(("anna", HashOf("a") + " root"))).Failures);
        Assert.All(["Riq:ApiKeys:anna", "submit", "read", "operate"], w => Assert.Contains(w, failure, StringComparison.Ordinal));
    }

    [Fact]
    public void Keys_can_be_required_without_any_in_the_settings()
    {
        static ApiKeys With(string value) => ApiKeys.Read(new ConfigurationBuilder().AddInMemoryCollection([new("Riq:RequireKeys", value)]).Build());
        Assert.True(With("true").Required);
        Assert.False(With("false").Required);
        Assert.Contains("Riq:RequireKeys", Assert.Single(Assert.Throws<OptionsValidationException>(() => With("perhaps")).Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_never_repeats_what_was_configured()
    {
        var failures = Assert.Throws<OptionsValidationException>(() => Read(("anna", "my-plain-secret"))).Failures;
        Assert.DoesNotContain("my-plain-secret", string.Concat(failures), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_clients_must_not_share_a_key()
    {
        var upper = "sha256:" + HashOf("k")["sha256:".Length..].ToUpperInvariant();
        var failure = Assert.Single(Assert.Throws<OptionsValidationException>(() => Read(("anna", HashOf("k")), ("ben", upper), ("carl", HashOf("other")))).Failures);
        Assert.Contains("anna and ben", failure, StringComparison.Ordinal);
        Assert.DoesNotContain("carl", failure, StringComparison.Ordinal);
    }
}
