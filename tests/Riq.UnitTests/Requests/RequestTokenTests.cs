using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Riq.Engine.Requests;
using Riq.Engine.Submission;

namespace Riq.UnitTests.Requests;

public partial class RequestTokenTests
{
    [Fact]
    public void A_token_is_the_id_in_32_hex_digits()
    {
        var id = new Guid("01936f8e-7c1a-7b3c-9d4e-5f6071829304");
        Assert.Equal("req_01936f8e7c1a7b3c9d4e5f6071829304", RequestToken.Of(id));
        Assert.Equal("ct_01936f8e7c1a7b3c9d4e5f6071829304", NewRequest.ConsistencyTokenOf(id));
    }

    [Property]
    public void Every_id_comes_back_from_its_token(Guid id)
    {
        Assert.True(RequestToken.TryParse(RequestToken.Of(id), out var parsed));
        Assert.Equal(id, parsed);
    }

    [Theory]
    [InlineData(null), InlineData(""), InlineData("req_"), InlineData("01936f8e7c1a7b3c9d4e5f6071829304"), InlineData("ct_01936f8e7c1a7b3c9d4e5f6071829304")]
    [InlineData("req_01936f8e7c1a7b3c9d4e5f607182930"), InlineData("req_01936f8e7c1a7b3c9d4e5f60718293045"), InlineData("REQ_01936f8e7c1a7b3c9d4e5f6071829304")]
    [InlineData("req_01936f8e-7c1a-7b3c-9d4e-5f6071829304"), InlineData("req_01936f8e7c1a7b3c9d4e5f607182930g"), InlineData("req_ 1936f8e7c1a7b3c9d4e5f6071829304")]
    [InlineData("req_+1936f8e7c1a7b3c9d4e5f6071829304"), InlineData("req_0x936f8e7c1a7b3c9d4e5f6071829304"), InlineData("req_01936f8e7c1a7b3c9d4e5f607182930\0"), InlineData("req_٠1936f8e7c1a7b3c9d4e5f6071829304")]
    public void What_RIQ_never_hands_out_is_no_token(string? text) => Assert.False(RequestToken.TryParse(text, out _));

    [Property(MaxTest = 2000)]
    public Property A_text_is_a_token_exactly_when_it_has_the_form_of_one()
    {
        var letters = Gen.Elements([.. "0123456789abcdefABCDEF", 'g', ' ', '-', '+', 'x', '\0', 'é']);
        var valid = Gen.Elements([.. "0123456789abcdef"]).ArrayOf(32);
        var nearly = from digits in valid from at in Gen.Choose(0, 31) from letter in letters select With(digits, at, letter);
        var texts = Gen.OneOf(nearly, letters.ArrayOf()).Select(c => "req_" + new string(c));
        return Prop.ForAll(texts.ToArbitrary(), text => RequestToken.TryParse(text, out _) == Form().IsMatch(text));
    }

    static char[] With(char[] digits, int at, char letter)
    {
        var changed = (char[])digits.Clone();
        changed[at] = letter;
        return changed;
    }

    [GeneratedRegex(@"\Areq_[0-9a-fA-F]{32}\z")]
    private static partial Regex Form();
}
