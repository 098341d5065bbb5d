using Riq.Simulator.Tokens;
using Xunit;

namespace Riq.UnitTests.Simulator;

public sealed class TokenFamilyTests
{
    static readonly DateTimeOffset Now = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);
    static readonly TimeSpan Leeway = TimeSpan.FromMinutes(10);

    [Fact]
    public void Each_refresh_makes_the_next_token()
    {
        var family = new TokenFamily("f");
        Assert.Equal((Presented.Rotates, 1), (family.Present(0, Now, Leeway, out var first), first));
        Assert.Equal((Presented.Rotates, 2), (family.Present(1, Now.AddHours(1), Leeway, out var second), second));
        Assert.Equal(0, family.SpentAgain);
    }

    [Fact]
    public void A_spent_token_works_again_for_the_leeway_because_replies_get_lost()
    {
        var family = new TokenFamily("f");
        family.Present(0, Now, Leeway, out _);
        Assert.Equal(Presented.WithinLeeway, family.Present(0, Now.AddMinutes(10), Leeway, out var next));
        Assert.Equal((2, 1), (next, family.SpentAgain));
        Assert.Equal(Presented.Rotates, family.Present(2, Now.AddHours(2), Leeway, out _));
    }

    [Fact]
    public void A_spent_token_that_comes_back_later_revokes_the_whole_family()
    {
        var family = new TokenFamily("f");
        family.Present(0, Now, Leeway, out var next);
        Assert.Equal(Presented.Revoked, family.Present(0, Now.AddMinutes(11), Leeway, out _));
        Assert.Equal(Presented.Revoked, family.Present(next, Now.AddMinutes(11), Leeway, out _));
        Assert.True(family.IsRevoked);
    }

    [Fact]
    public void A_refresh_in_the_first_half_of_a_life_is_early_and_the_first_one_is_not()
    {
        var (family, hour) = (new TokenFamily("f"), TimeSpan.FromHours(1));
        family.Present(0, Now, Leeway, out _, hour);
        family.Present(1, Now.AddMinutes(31), Leeway, out _, hour);
        Assert.Equal(0, family.Early);
        family.Present(2, Now.AddMinutes(60), Leeway, out _, hour);
        Assert.Equal(1, family.Early);
    }

    [Fact]
    public void A_token_that_was_never_given_out_is_refused() => Assert.Equal(Presented.Revoked, new TokenFamily("f").Present(3, Now, Leeway, out _));
}
