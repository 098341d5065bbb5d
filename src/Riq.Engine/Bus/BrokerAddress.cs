using RabbitMQ.Client;

namespace Riq.Engine.Bus;

/// <summary>Where RabbitMQ is: an AMQP URI in whose place of the host there may be several, divided by commas: the nodes of one cluster, of which any will do.</summary>
public sealed class BrokerAddress
{
    /// <summary>How long connecting to a node may take before the next one is tried; one whose machine is gone does not refuse.</summary>
    internal static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(10);

    BrokerAddress(IReadOnlyList<Uri> nodes) => Nodes = nodes;

    /// <summary>One URI for each node, alike but for host and port.</summary>
    public IReadOnlyList<Uri> Nodes { get; }

    public bool IsTls => Nodes[0].Scheme == "amqps";

    /// <summary>Every node's host and port.</summary>
    public IEnumerable<(string Host, int Port)> Places => Nodes.Select(n => (n.IdnHost, n.Port > 0 ? n.Port : IsTls ? AmqpTcpEndpoint.DefaultAmqpSslPort : Protocols.DefaultProtocol.DefaultPort));

    /// <summary>The same for people; without the password.</summary>
    public override string ToString() => string.Join(',', Places.Select(p => $"{p.Host}:{p.Port}")) + Nodes[0].AbsolutePath;

    public static BrokerAddress Parse(string text) => TryParse(text) ?? throw new FormatException("It is not an AMQP URI.");

    /// <summary>Null when it is none.</summary>
    public static BrokerAddress? TryParse(string text)
    {
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0) return null;
        var end = text.IndexOf('/', scheme + 3) is > 0 and var slash ? slash : text.Length;
        // A password may contain a comma, a host may not.
        var hosts = text.LastIndexOf('@', end - 1) is var at && at > scheme ? at + 1 : scheme + 3;
        var nodes = text[hosts..end].Split(',').Select(host => Node(text[..hosts] + host.Trim() + text[end..])).ToList();
        return nodes.Contains(null) ? null : new(nodes!);
    }

    static Uri? Node(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri is { Scheme: "amqp" or "amqps", Host.Length: > 0 } ? uri : null;
}
