using FsCheck.Xunit;
using Riq.Engine.Bus;

namespace Riq.UnitTests.Configuration;

public class BrokerAddressTests
{
    [Theory]
    [InlineData("amqp://riq:secret@rabbit/riq", "rabbit:5672/riq")]
    [InlineData("amqps://rabbit", "rabbit:5671/")]
    [InlineData("amqp://riq:se,cret@a:1,b,c:3/v%2Fh", "a:1,b:5672,c:3/v%2Fh")]
    [InlineData("amqps://u:p@a,b:9", "a:5671,b:9/")]
    [InlineData("amqp://[::1]:7,b/", "::1:7,b:5672/")]
    public void Every_node_is_named_and_nothing_secret(string uri, string expected) => Assert.Equal(expected, BrokerAddress.Parse(uri).ToString());

    [Fact]
    public void All_nodes_have_the_same_user_and_virtual_host() =>
        Assert.Equal(["amqp://riq:se,cret@a:1/vhost", "amqp://riq:se,cret@b:2/vhost"], BrokerAddress.Parse("amqp://riq:se,cret@a:1, b:2/vhost").Nodes.Select(n => n.OriginalString));

    [Theory]
    [InlineData(""), InlineData("rabbit"), InlineData("http://a,b"), InlineData("amqp://"), InlineData("amqp:///vhost"), InlineData("amqp://a,,b/"), InlineData("amqp://a,"), InlineData("amqp://a:x"), InlineData("amqp://u@"), InlineData("://")]
    public void Anything_else_is_no_address(string text)
    {
        Assert.Null(BrokerAddress.TryParse(text));
        Assert.Throws<FormatException>(() => BrokerAddress.Parse(text));
    }

    [Property]
    public void Nothing_makes_it_fail(string? text) => BrokerAddress.TryParse(text ?? "");

    [Property]
    public bool As_many_nodes_as_hosts(ushort[] ports)
    {
        var places = ports.Append((ushort)1).Select((port, n) => $"node{n}:{Math.Max(port, (ushort)1)}").ToArray();
        return BrokerAddress.Parse($"amqp://u:p@{string.Join(',', places)}/v").Places.Select(p => $"{p.Host}:{p.Port}").SequenceEqual(places);
    }
}
