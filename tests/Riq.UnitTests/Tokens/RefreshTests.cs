using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Riq.Engine.Tokens;

namespace Riq.UnitTests.Tokens;

/// <summary>When a token is replaced, whose turn that is, and what the endpoint's answers mean.</summary>
public class RefreshTests
{
    static readonly TimeSpan Before = TimeSpan.FromMinutes(5);

    [Property]
    public Property A_token_is_replaced_before_its_end_and_not_in_the_first_half_of_its_life(PositiveInt life, byte jitter)
    {
        var span = TimeSpan.FromSeconds(life.Get);
        var due = RefreshTiming.RefreshIn(span, Before, jitter / 256.0);
        return (due >= span / 2 && due < span && due >= span - Before * 1.1).ToProperty();
    }

    [Fact]
    public void An_hour_s_token_is_replaced_five_minutes_before_its_end_give_or_take_a_tenth()
    {
        var hour = TimeSpan.FromHours(1);
        Assert.Equal(TimeSpan.FromMinutes(55.5), RefreshTiming.RefreshIn(hour, Before, 0));
        Assert.Equal(TimeSpan.FromMinutes(55), RefreshTiming.RefreshIn(hour, Before, 0.5));
        Assert.InRange(RefreshTiming.RefreshIn(hour, Before, 0.999), TimeSpan.FromMinutes(54.5), TimeSpan.FromMinutes(54.51));
    }

    [Theory]
    [InlineData(-5, 1), InlineData(0, 1), InlineData(3600, 3600), InlineData(1e300, 30 * 86_400)]
    public void An_absurd_life_is_bounded(double seconds, double expected) => Assert.Equal(TimeSpan.FromSeconds(expected), RefreshTiming.Life(seconds));

    [Theory]
    [InlineData("ok", 3600.0, 3000.0, null, "Fresh")]
    [InlineData("ok", 3600.0, 3000.0, 20.0, "Fresh")]
    [InlineData("ok", 200.0, -1.0, null, "Mine")]
    [InlineData("ok", 200.0, -1.0, -3.0, "Mine")]
    [InlineData("ok", 200.0, -1.0, 20.0, "Busy")]
    [InlineData("ok", -1.0, -300.0, 20.0, "Busy")]
    [InlineData("needs_reauth", 3600.0, 3000.0, 20.0, "Busy")]
    [InlineData("needs_reauth", 3600.0, 3000.0, -1.0, "Mine")]
    public void Whose_turn_it_is_follows_from_the_locked_row(string state, double expiresIn, double refreshIn, double? busy, string turn)
    {
        var row = new Grant(3, state, 0)
        {
            Access = "a", ExpiresIn = TimeSpan.FromSeconds(expiresIn), RefreshIn = TimeSpan.FromSeconds(refreshIn), BusyFor = busy is { } b ? TimeSpan.FromSeconds(b) : null,
        };
        Assert.Equal(turn, Turns.Of(row).ToString());
    }

    [Fact]
    public void A_grant_without_an_access_token_is_due() => Assert.Equal(Turn.Mine, Turns.Of(new(1, "ok", 0) { Refresh = "r" }));

    [Fact]
    public void A_grant_does_not_show_its_tokens_as_text()
    {
        Assert.DoesNotContain("canary", new Grant(1, "ok", 0) { Access = "canary", Refresh = "canary" }.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("canary", new NewTokens("canary", "canary", null).ToString(), StringComparison.Ordinal);
    }

    static TokenAnswer Read(int status, string body) => TokenEndpoint.Read(status, Encoding.UTF8.GetBytes(body), "sent");

    [Fact]
    public void A_success_brings_the_pair_and_its_life()
    {
        var tokens = Read(200, """{"access_token":"a","refresh_token":"r","expires_in":60}""").Tokens!;
        Assert.Equal(("a", "r", TimeSpan.FromMinutes(1)), (tokens.Access, tokens.Refresh, tokens.Life!.Value));
        Assert.Equal("sent", Read(200, """{"access_token":"a"}""").Tokens!.Refresh);
        Assert.Equal(TimeSpan.FromHours(1), Read(200, """{"access_token":"a","expires_in":"soon"}""").Tokens!.Life);
    }

    [Theory]
    [InlineData(403, """{"error":"invalid_grant"}"""), InlineData(400, """{"error":"invalid_grant","error_description":"canary"}"""), InlineData(401, ""), InlineData(401, """{"error":"canary"}""")]
    public void A_refusal_needs_an_operator(int status, string body)
    {
        var answer = Read(status, body);
        Assert.True(answer.Refused);
        Assert.DoesNotContain("canary", answer.Error!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, ""), InlineData(200, "<html>"), InlineData(200, "[]"), InlineData(200, """{"access_token":5}"""), InlineData(200, "{\"access_token\":\"a b\"}")]
    [InlineData(302, ""), InlineData(403, "<html>canary"), InlineData(400, """{"error":"canary"}"""), InlineData(429, "{}"), InlineData(500, """{"error":"invalid_grant"}"""), InlineData(503, "")]
    public void Everything_else_may_pass_by_itself(int status, string body)
    {
        var answer = Read(status, body);
        Assert.Null(answer.Tokens);
        Assert.False(answer.Refused);
        Assert.DoesNotContain("canary", answer.Error!, StringComparison.Ordinal);
    }
}
