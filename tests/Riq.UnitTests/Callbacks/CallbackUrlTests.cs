using System.Net;
using FsCheck.Xunit;
using Riq.Engine.Callbacks;

namespace Riq.UnitTests.Callbacks;

/// <summary>Which URLs a client may have called: the list of a security review, and the rule behind it.</summary>
public class CallbackUrlTests
{
    static readonly AllowList Nothing = AllowList.Read(null, []);

    [Theory]
    [InlineData("https://hooks.example.com/riq?x=1")]
    [InlineData("http://hooks.example.com:8080/")]
    [InlineData("https://8.8.8.8/hook")]
    [InlineData("https://[2606:4700:4700::1111]/hook")]
    [InlineData("https://xn--bcher-kva.example/hook")]
    [InlineData("https://123.example.com/")]
    public void Public_targets_are_taken(string url) => Assert.Null(CallbackUrl.Problem(url, Nothing));

    [Theory]
    [InlineData("http://127.0.0.1/"), InlineData("http://127.255.255.254/"), InlineData("http://0.0.0.0/"), InlineData("http://10.1.2.3/"), InlineData("http://172.16.0.1/"), InlineData("http://192.168.1.1/")]
    [InlineData("http://169.254.169.254/latest/meta-data"), InlineData("http://100.64.0.1/"), InlineData("http://198.18.0.1/"), InlineData("http://224.0.0.1/"), InlineData("http://255.255.255.255/"), InlineData("http://192.0.0.1/")]
    // Other spellings of an address.
    [InlineData("http://2130706433/"), InlineData("http://0x7f000001/"), InlineData("http://017700000001/"), InlineData("http://0177.0.0.1/"), InlineData("http://0x7f.0.0.1/"), InlineData("http://127.1/"), InlineData("http://127.0.1/")]
    [InlineData("http://0/"), InlineData("http://127.0.0.1./"), InlineData("http://134744072/"), InlineData("http://010.8.8.8/"), InlineData("http://1.2.3.4.5/"), InlineData("http://foo.0x7f/"), InlineData("http://foo.127/")]
    [InlineData("http://１２７.0.0.1/"), InlineData("http://①②⑦.⓪.⓪.①/"), InlineData("http://127%2e0%2e0%2e1/"), InlineData("http://%31%32%37.0.0.1/")]
    // IPv6 in all its forms.
    [InlineData("http://[::1]/"), InlineData("http://[::]/"), InlineData("http://[::ffff:127.0.0.1]/"), InlineData("http://[::ffff:7f00:1]/"), InlineData("http://[::127.0.0.1]/"), InlineData("http://[0:0:0:0:0:0:0:1]/")]
    [InlineData("http://[fc00::1]/"), InlineData("http://[fd12:3456::1]/"), InlineData("http://[fe80::1]/"), InlineData("http://[fe80::1%25eth0]/"), InlineData("http://[fec0::1]/"), InlineData("http://[ff02::1]/")]
    [InlineData("http://[64:ff9b::127.0.0.1]/"), InlineData("http://[64:ff9b::a00:1]/"), InlineData("http://[64:ff9b:1::7f00:1]/"), InlineData("http://[2002:7f00:1::]/"), InlineData("http://[2001:0:1:2::1]/"), InlineData("http://[2001:db8::1]/"), InlineData("http://[100::1]/")]
    // Names of this machine and its network.
    [InlineData("http://localhost/"), InlineData("http://LOCALHOST:80/"), InlineData("http://localhost./"), InlineData("http://a.localhost/"), InlineData("http://printer/"), InlineData("http://printer.local/"), InlineData("http://metadata.google.internal/")]
    // Everything else that is not a plain URL.
    [InlineData("http://user@hooks.example.com/"), InlineData("http://user:pw@hooks.example.com/"), InlineData("http://hooks.example.com@127.0.0.1/"), InlineData("http://@hooks.example.com/"), InlineData("http://127.0.0.1\\@hooks.example.com/")]
    [InlineData("http://hooks.example.com#@127.0.0.1/"), InlineData("ftp://hooks.example.com/"), InlineData("file:///etc/passwd"), InlineData("gopher://hooks.example.com/"), InlineData("javascript:alert(1)"), InlineData("//hooks.example.com/"), InlineData("/hook")]
    [InlineData("http://"), InlineData("http:///"), InlineData(""), InlineData("http://hooks.example.com/ x"), InlineData(" http://hooks.example.com/"), InlineData("http://hooks.example.com/\r\nHost: x"), InlineData("http://hooks.example.com/ü")]
    public void Everything_else_is_refused(string url) => Assert.NotNull(CallbackUrl.Problem(url, Nothing));

    [Theory]
    [InlineData("127.0.0.1", "http://127.0.0.1:8080/x", true)]
    [InlineData("127.0.0.1", "http://127.0.0.2/", false)]
    [InlineData("10.0.0.0/8, 192.168.0.0/16", "http://10.200.1.1/", true)]
    [InlineData("10.0.0.0/8", "http://[::ffff:10.1.1.1]/", true)]
    [InlineData("fd00::/8", "http://[fd00::5]/", true)]
    [InlineData("localhost", "http://localhost/", true)]
    [InlineData("hooks.internal", "http://hooks.internal/", true)]
    [InlineData("hooks.internal", "http://evil-hooks.internal/", false)]
    [InlineData("*.corp", "http://a.b.corp/", true)]
    [InlineData("*.corp", "http://corp/", false)]
    [InlineData("127.0.0.1", "http://2130706433/", false)]
    [InlineData("127.0.0.1", "http://u@127.0.0.1/", false)]
    public void An_operator_can_allow_targets(string allow, string url, bool allowed) => Assert.Equal(allowed, CallbackUrl.Problem(url, AllowList.Read(allow, [])) is null);

    [Fact]
    public void What_can_not_be_allowed_is_named()
    {
        var unreadable = new List<string>();
        AllowList.Read("hooks.internal, http://x, 10.0.0.0/99 *", unreadable);
        Assert.Equal(["http://x", "10.0.0.0/99", "*"], unreadable);
    }

    // The rule from the other side: whatever 32 bits say, mapped, translated or plain, the answer is the same.
    [Property(MaxTest = 1_000)]
    public bool An_address_in_IPv6_clothes_is_judged_as_what_it_is(uint bits)
    {
        var plain = new IPAddress([(byte)(bits >> 24), (byte)(bits >> 16), (byte)(bits >> 8), (byte)bits]);
        var nat64 = IPAddress.Parse($"64:ff9b::{plain}");
        return AddressRule.IsPublic(plain) == AddressRule.IsPublic(plain.MapToIPv6()) && AddressRule.IsPublic(plain) == AddressRule.IsPublic(nat64);
    }

    [Property(MaxTest = 1_000)]
    public bool No_spelling_of_a_private_address_is_taken(byte a, byte b, byte c)
    {
        var value = (10u << 24) | ((uint)a << 16) | ((uint)b << 8) | c;
        string[] spellings = [$"10.{a}.{b}.{c}", $"{value}", $"0x{value:x8}", $"0{Convert.ToString(value, 8)}", $"0xa.{a}.{b}.{c}", $"012.{a}.{b}.{c}", $"10.{a}.{(b << 8) | c}", $"[::ffff:10.{a}.{b}.{c}]", $"[64:ff9b::10.{a}.{b}.{c}]", $"[2002:a{a:x2}:{b:x2}{c:x2}::1]"];
        return spellings.All(s => CallbackUrl.Problem($"http://{s}/", Nothing) is not null);
    }

    [Property(MaxTest = 1_000)]
    public void Whatever_the_text_checking_it_never_throws(string? text) => CallbackUrl.Problem(text ?? "", Nothing);
}
