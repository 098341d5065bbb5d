using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Riq.TestKit.Servers;

/// <summary>Several nodes of RabbitMQ on this machine that are one cluster, for tests that lose one.</summary>
public sealed class RabbitCluster : IAsyncDisposable
{
    readonly Process _mapper;
    readonly HttpClient _http = new() { DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes("guest:guest"))) } };

    RabbitCluster(IReadOnlyList<LocalServer> nodes, Process mapper) => (Nodes, _mapper) = (nodes, mapper);

    public IReadOnlyList<LocalServer> Nodes { get; }

    /// <summary>All nodes in one address.</summary>
    public string Uri => $"amqp://guest:guest@{string.Join(',', Nodes.Select(n => $"127.0.0.1:{n.Port}"))}/";

    public static async Task<RabbitCluster> Start(int count = 3)
    {
        // Erlang's port mapper has to outlive any node: on machines of their own each has one.
        var epmd = LocalServer.FreePort().ToString(CultureInfo.InvariantCulture);
        var cluster = new RabbitCluster([.. Enumerable.Range(0, count).Select(_ => LocalServer.NewRabbitMq())], Process.Start("epmd", ["-address", "127.0.0.1", "-port", epmd]));
        try { await cluster.StartNodes(epmd); return cluster; }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    async Task StartNodes(string epmd)
    {
        foreach (var node in Nodes)
        {
            node.Environment["RIQ_CLUSTER_EPMD"] = epmd;
            node.Environment["RIQ_CLUSTER_COOKIE"] = "riqtest";
            node.Environment["RIQ_CLUSTER_NODES"] = string.Join(' ', Nodes.Select(NameOf));
            await node.Start();   // one after the other: each joins those before it
        }
    }

    /// <summary>The node that leads the queue, as any node that answers says; null while it has none.</summary>
    public async Task<LocalServer?> LeaderOf(string queue)
    {
        foreach (var node in Nodes)
        {
            try
            {
                var told = await _http.GetFromJsonAsync<JsonElement>(new Uri($"http://127.0.0.1:{node.ManagementPort}/api/queues/%2F/{queue}"));
                var leader = told.TryGetProperty("leader", out var l) ? l.GetString() : told.GetProperty("node").GetString();
                return Nodes.SingleOrDefault(n => NameOf(n) == leader);
            }
            catch (HttpRequestException) { Debug.WriteLine($"Node {node.Port} does not answer."); }
        }
        throw new InvalidOperationException("No node answers.");
    }

    /// <summary>How many clients are connected to the node.</summary>
    public async Task<int> Connections(LocalServer node) =>
        (await _http.GetFromJsonAsync<JsonElement>(new Uri($"http://127.0.0.1:{node.ManagementPort}/api/connections"))).EnumerateArray().Count(c => c.GetProperty("node").GetString() == NameOf(node));

    static string NameOf(LocalServer node) => $"riq{node.Port}@localhost";

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        foreach (var node in Nodes)
        {
            await node.Kill();   // a last node would wait for the others
            await node.DisposeAsync();
        }
        _mapper.Kill();
        _mapper.Dispose();
    }
}
