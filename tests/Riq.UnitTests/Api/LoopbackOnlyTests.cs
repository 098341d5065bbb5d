using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Riq.Api.Security;

namespace Riq.UnitTests.Api;

/// <summary>Without keys nobody but this machine may connect. Nothing is bound here: only what Kestrel is told.</summary>
public class LoopbackOnlyTests
{
    static KestrelServerOptions Options()
    {
        var options = new KestrelServerOptions { ApplicationServices = Http.Call().RequestServices };
        options.ConfigureEndpointDefaults(LoopbackOnly.Check);
        return options;
    }

    [Theory]
    [InlineData("127.0.0.1"), InlineData("127.0.0.2"), InlineData("::1"), InlineData("::ffff:127.0.0.1")]
    public void A_loopback_address_is_fine(string address) => Options().Listen(IPAddress.Parse(address), 8080);

    [Fact]
    public void Localhost_is_fine() => Options().ListenLocalhost(8080);

    [Theory]
    [InlineData("0.0.0.0"), InlineData("::"), InlineData("10.0.0.1"), InlineData("192.168.1.1"), InlineData("fe80::1"), InlineData("128.0.0.1")]
    public void Any_other_address_is_refused_with_the_ways_out(string address)
    {
        var failure = Assert.Single(Assert.Throws<OptionsValidationException>(() => Options().Listen(IPAddress.Parse(address), 8080)).Failures);
        Assert.Contains("8080", failure, StringComparison.Ordinal);
        Assert.Contains("Riq:ApiKeys", failure, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void All_addresses_at_once_are_refused() => Assert.Throws<OptionsValidationException>(() => Options().ListenAnyIP(8080));
}
