using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FsCheck.Xunit;
using Riq.Engine.Submission;

namespace Riq.UnitTests.Submission;

/// <summary>RFC 8785: what means the same has the same canonical form, and what does not has not.</summary>
public class CanonicalJsonTests
{
    [Theory]
    [InlineData("null"), InlineData("true"), InlineData("false"), InlineData("{}"), InlineData("[]"), InlineData("\"\""), InlineData("0"), InlineData("[1,[2,{\"a\":[]}],null]")]
    public void What_is_canonical_already_stays(string json) => Assert.Equal(json, Canonical(json));

    [Fact]
    public void White_space_between_tokens_goes() =>
        Assert.Equal("""{"a":[1,2,{"b":" c "}]}""", Canonical(" {\t\"a\" :\r\n[ 1 , 2,{ \"b\" : \" c \" } ] }\n"));

    /// <summary>The keys of the example in section 3.2.3: their UTF-16 code units decide, so an emoji comes before U+FB33.</summary>
    [Fact]
    public void Members_are_ordered_by_UTF_16_code_units()
    {
        var shuffled = """{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}""";
        Assert.Equal("{\"\\r\":2,\"1\":4,\"\u0080\":6,\"\u00f6\":7,\"\u20ac\":1,\"\ud83d\ude00\":5,\"\ufb33\":3}", Canonical(shuffled));
    }

    [Fact]
    public void Members_are_ordered_at_every_depth_and_items_of_lists_never() =>
        Assert.Equal("""{"":0,"A":[3,1,2],"a":{"x":{"b":1,"c":2},"y":0},"aa":1}""", Canonical("""{"aa":1,"a":{"y":0,"x":{"c":2,"b":1}},"A":[3,1,2],"":0}"""));

    [Theory]
    [InlineData("""  "\u0041\u00e9\u20ac\/" """, "\"Aé€/\"")]
    [InlineData("""  "\"\\\b\t\n\f\r" """, """ "\"\\\b\t\n\f\r" """)]
    [InlineData("""  "\u0000\u0001\u000b\u001F" """, """ "\u0000\u0001\u000b\u001f" """)]
    [InlineData("""  "\u0008\u0009\u000A\u000c\u000D\u0022\u005C" """, """ "\b\t\n\f\r\"\\" """)]
    [InlineData("\"\\u007f\\u2028\\ud83d\\ude00<>&'+\"", "\"\u007f\u2028\ud83d\ude00<>&'+\"")]
    public void Only_what_must_be_escaped_is_and_in_one_way(string json, string canonical) => Assert.Equal(canonical.Trim(' '), Canonical(json));

    /// <summary>Appendix B of the RFC: the bits of a double and how they must be written.</summary>
    [Theory]
    [InlineData(0x0000000000000000, "0"), InlineData(0x8000000000000000, "0"), InlineData(0x0000000000000001, "5e-324"), InlineData(0x8000000000000001, "-5e-324")]
    [InlineData(0x7fefffffffffffff, "1.7976931348623157e+308"), InlineData(0xffefffffffffffff, "-1.7976931348623157e+308")]
    [InlineData(0x4340000000000000, "9007199254740992"), InlineData(0xc340000000000000, "-9007199254740992"), InlineData(0x4430000000000000, "295147905179352830000")]
    [InlineData(0x44b52d02c7e14af5, "9.999999999999997e+22"), InlineData(0x44b52d02c7e14af6, "1e+23"), InlineData(0x44b52d02c7e14af7, "1.0000000000000001e+23")]
    [InlineData(0x444b1ae4d6e2ef4e, "999999999999999700000"), InlineData(0x444b1ae4d6e2ef4f, "999999999999999900000"), InlineData(0x444b1ae4d6e2ef50, "1e+21")]
    [InlineData(0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"), InlineData(0x3eb0c6f7a0b5ed8d, "0.000001")]
    [InlineData(0x41b3de4355555553, "333333333.3333332"), InlineData(0x41b3de4355555554, "333333333.33333325"), InlineData(0x41b3de4355555555, "333333333.3333333")]
    [InlineData(0x41b3de4355555556, "333333333.3333334"), InlineData(0x41b3de4355555557, "333333333.33333343")]
    [InlineData(0xbecbf647612f3696, "-0.0000033333333333333333"), InlineData(0x43143ff3c1cb0959, "1424953923781206.2")]
    public void Numbers_are_written_as_the_RFC_lists_them(ulong bits, string text) => Assert.Equal(text, CanonicalJson.EcmaScript(BitConverter.UInt64BitsToDouble(bits)));

    [Theory]
    [InlineData("1.0", "1"), InlineData("-0", "0"), InlineData("-0.0", "0"), InlineData("0e5", "0"), InlineData("1e2", "100"), InlineData("1E+2", "100"), InlineData("100.00", "100")]
    [InlineData("4.50", "4.5"), InlineData("2e-3", "0.002"), InlineData("0.000000000000000000000000001", "1e-27"), InlineData("1E30", "1e+30"), InlineData("333333333.33333329", "333333333.3333333")]
    [InlineData("1e21", "1e+21"), InlineData("1e20", "100000000000000000000"), InlineData("100000000000000000000", "100000000000000000000"), InlineData("-1.5e300", "-1.5e+300")]
    public void The_spelling_of_a_number_does_not_matter(string json, string canonical) => Assert.Equal(canonical, Canonical(json));

    /// <summary>The one difference to the RFC: ids beyond 2^53 must not become equal.</summary>
    [Theory]
    [InlineData("9007199254740993"), InlineData("9223372036854775807"), InlineData("9223372036854775808"), InlineData("-9223372036854775809"), InlineData("123456789012345678901234567890")]
    public void Long_whole_numbers_keep_all_their_digits(string number) => Assert.Equal(number, Canonical(number));

    [Property(MaxTest = 2000)]
    public void Any_double_comes_back_from_its_text_and_has_only_one(long bits)
    {
        var value = BitConverter.Int64BitsToDouble(bits * 0x9E3779B97F4A7C1);   // spreads small numbers over all exponents
        if (!double.IsFinite(value)) return;
        var text = CanonicalJson.EcmaScript(value);
        Assert.Equal(value, double.Parse(text, CultureInfo.InvariantCulture));
        Assert.Matches(@"\A-?(0|[1-9][0-9]{0,20})(\.[0-9]*[1-9])?\z|\A-?[1-9](\.[0-9]*[1-9])?e[+-][1-9][0-9]*\z", text);
        Assert.Equal(text, CanonicalJson.EcmaScript(double.Parse(value.ToString("E16", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)));
    }

    [Property(MaxTest = 500, Arbitrary = [typeof(SomeJson)])]
    public void The_form_is_independent_of_order_white_space_and_escapes(SomeJson json, int seed)
    {
        var canonical = Canonical(json.Text);
        Assert.Equal(canonical, Canonical(json.Respelled(new Random(seed))));
        Assert.Equal(CanonicalJson.Hash("a.b", Parse(json.Text)), CanonicalJson.Hash("a.b", Parse(json.Respelled(new Random(seed)))));
    }

    [Property(MaxTest = 500, Arbitrary = [typeof(SomeJson)])]
    public void The_form_is_JSON_that_means_the_same_and_is_its_own_form(SomeJson json)
    {
        var canonical = Canonical(json.Text);
        Assert.True(JsonElement.DeepEquals(Parse(json.Text), Parse(canonical)), canonical);
        Assert.Equal(canonical, Canonical(canonical));
    }

    [Property(MaxTest = 500, Arbitrary = [typeof(SomeJson)])]
    public void What_means_something_else_has_another_form(SomeJson one, SomeJson other) =>
        Assert.Equal(JsonElement.DeepEquals(Parse(one.Text), Parse(other.Text)), Canonical(one.Text) == Canonical(other.Text));

    [Property(MaxTest = 300, Arbitrary = [typeof(SomeJson)])]
    public void The_hash_is_SHA_256_of_operation_line_feed_and_form(SomeJson json) => AssertHash("jira.create_task", json.Text);

    [Fact]
    public void The_hash_covers_every_character_of_texts_of_any_length()
    {
        for (var length = 0; length < 600; length++)
        {
            var text = new string('x', length);
            AssertHash("a.b", $"\"{text}😀\"");
            Assert.NotEqual(CanonicalJson.Hash("a.b", Parse($"\"{text}😀\"")), CanonicalJson.Hash("a.b", Parse($"\"{text}😁\"")));
        }
    }

    static void AssertHash(string operation, string json) =>
        Assert.Equal(Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(operation + "\n" + Canonical(json)))), Convert.ToHexString(CanonicalJson.Hash(operation, Parse(json))));

    static string Canonical(string json) => CanonicalJson.Of(Parse(json));

    static JsonElement Parse(string json) => JsonSerializer.Deserialize<JsonElement>(json);
}
