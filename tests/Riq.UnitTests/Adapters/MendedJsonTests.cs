using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Xunit;
using Riq.Adapters.Http;
using Xunit;

namespace Riq.UnitTests.Adapters;

public class MendedJsonTests
{
    static string Mend(string json) => Encoding.UTF8.GetString(MendedJson.Of(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("""{"a":"x\u0000y"}""", """{"a":"x\ufffdy"}""")]
    [InlineData("""["\ud83d\ude00"]""", """["\ud83d\ude00"]""")]
    [InlineData("""["\ud83d"]""", """["\ufffd"]""")]
    [InlineData("""["\ud83dx"]""", """["\ufffdx"]""")]
    [InlineData("""["\ud83d\ud83d\ude00"]""", """["\ufffd\ud83d\ude00"]""")]
    [InlineData("""["\ude00"]""", """["\ufffd"]""")]
    [InlineData("""["\\u0000 \n \"\\"]""", """["\\u0000 \n \"\\"]""")]
    [InlineData("""["\u00e9"]""", """["\u00e9"]""")]
    [InlineData("[\"\\", "[\"\\")]
    [InlineData("[\"\\u00", "[\"\\u00")]
    public void Only_what_nobody_can_store_is_replaced(string json, string mended) => Assert.Equal(mended, Mend(json));

    [Fact]
    public void Invalid_utf8_is_replaced()
    {
        var mended = MendedJson.Of([(byte)'"', 0xff, (byte)'"']);
        Assert.Equal("\uFFFD", JsonDocument.Parse(mended).RootElement.GetString());
    }

    [Property(MaxTest = 2_000)]
    public void Every_string_can_be_read_afterwards(NonNull<string> text)
    {
        var escaped = string.Concat(text.Get.Select(c => $"\\u{(int)c:x4}"));
        var read = JsonDocument.Parse(Mend($"\"{escaped}\"")).RootElement.GetString()!;
        Assert.Equal(text.Get.Length, read.Length);
        Assert.DoesNotContain('\0', read);
    }
}
