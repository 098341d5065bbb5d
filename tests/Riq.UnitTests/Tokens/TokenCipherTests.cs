using System.Security.Cryptography;
using FsCheck.Xunit;
using Riq.Engine.Tokens;

namespace Riq.UnitTests.Tokens;

/// <summary>Tokens at rest: readable with the right key in the right place, and in no other way.</summary>
public class TokenCipherTests
{
    static readonly string First = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)), Second = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    static TokenCipher Cipher(string current, params (string Id, string Key)[] keys) => new(new() { Current = current, Keys = keys.ToDictionary(k => k.Id, k => k.Key) });

    readonly TokenCipher _cipher = Cipher("k1", ("k1", First));

    [Property]
    public bool Whatever_was_encrypted_comes_back(string? token) =>
        token is null || token.Any(char.IsSurrogate) || _cipher.Decrypt("jira", "access_token", _cipher.Encrypt("jira", "access_token", token)) == token;

    [Fact]
    public void The_same_token_never_gives_the_same_ciphertext_and_never_shows()
    {
        var (one, other) = (_cipher.Encrypt("jira", "access_token", "canary-canary"), _cipher.Encrypt("jira", "access_token", "canary-canary"));
        Assert.NotEqual(one, other);
        Assert.DoesNotContain("canary", System.Text.Encoding.Latin1.GetString(one), StringComparison.Ordinal);
    }

    [Fact]
    public void An_old_key_still_reads_and_the_current_one_writes()
    {
        var old = _cipher.Encrypt("jira", "refresh_token", "token");
        var rotated = Cipher("k2", ("k1", First), ("k2", Second));
        Assert.Equal("token", rotated.Decrypt("jira", "refresh_token", old));
        var rewritten = rotated.Encrypt("jira", "refresh_token", "token");
        Assert.Equal("token", Cipher("k2", ("k2", Second)).Decrypt("jira", "refresh_token", rewritten));
        Assert.Contains("k2", Assert.Throws<UnreadableTokenException>(() => _cipher.Decrypt("jira", "refresh_token", rewritten)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_key_under_the_same_id_reads_nothing() =>
        Assert.Throws<UnreadableTokenException>(() => Cipher("k1", ("k1", Second)).Decrypt("jira", "access_token", _cipher.Encrypt("jira", "access_token", "token")));

    [Theory]
    [InlineData("confluence", "access_token"), InlineData("jira", "refresh_token")]
    public void A_ciphertext_is_worth_nothing_in_another_place(string service, string column) =>
        Assert.Throws<UnreadableTokenException>(() => _cipher.Decrypt(service, column, _cipher.Encrypt("jira", "access_token", "token")));

    [Fact]
    public void Every_changed_or_missing_byte_is_noticed()
    {
        var whole = _cipher.Encrypt("jira", "access_token", "token");
        for (var i = 0; i < whole.Length; i++)
        {
            var changed = (byte[])whole.Clone();
            changed[i] ^= 1;
            Assert.Throws<UnreadableTokenException>(() => _cipher.Decrypt("jira", "access_token", changed));
            var cut = whole[..i];
            Assert.Throws<UnreadableTokenException>(() => _cipher.Decrypt("jira", "access_token", cut));
        }
        Assert.Equal("token", _cipher.Decrypt("jira", "access_token", whole));
    }
}
