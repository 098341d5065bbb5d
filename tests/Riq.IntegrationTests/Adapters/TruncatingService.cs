using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Riq.IntegrationTests.Adapters;

/// <summary>Answers one call with these bytes and then ends the connection in order, so that what was sent also arrives.</summary>
sealed class TruncatingService : IDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly Task _answering;

    public TruncatingService(string answer)
    {
        _listener.Start();
        _answering = Answer(answer);
    }

    public string Url => $"http://{_listener.LocalEndpoint}";

    async Task Answer(string answer)
    {
        using var client = await _listener.AcceptTcpClientAsync();
        var stream = client.GetStream();
        await ReadCall(stream);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));
        client.Client.Shutdown(SocketShutdown.Send);
        var rest = new byte[1024];
        while (await stream.ReadAsync(rest) > 0) { }   // until the caller has hung up: closing before would reset
    }

    static async Task ReadCall(NetworkStream stream)
    {
        var call = new StringBuilder();
        var buffer = new byte[4096];
        while (!IsWhole(call.ToString())) call.Append(Encoding.UTF8.GetString(buffer, 0, await stream.ReadAsync(buffer)));
    }

    static bool IsWhole(string call)
    {
        var end = call.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0) return false;
        var length = call.Split("\r\n").Where(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)).Select(l => int.Parse(l.Split(':')[1])).FirstOrDefault();
        return call.Length >= end + 4 + length;
    }

    public void Dispose()
    {
        _listener.Stop();
        _answering.Wait(TimeSpan.FromSeconds(10));
    }
}
