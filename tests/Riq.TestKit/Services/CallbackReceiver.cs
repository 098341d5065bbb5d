using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Riq.TestKit.Services;

/// <summary>One delivery as a receiver saw it.</summary>
public sealed record ReceivedCallback(string Path, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>A receiver of callbacks: a real HTTP server that answers what the test wants.</summary>
public sealed class CallbackReceiver : IAsyncDisposable
{
    readonly TcpListener _listener;
    readonly CancellationTokenSource _end = new();
    readonly ConcurrentQueue<ReceivedCallback> _received = new();
    readonly Task _serving;

    public CallbackReceiver(string address = "127.0.0.1")
    {
        _listener = new(IPAddress.Parse(address), 0);
        _listener.Start();
        Url = $"http://{address}:{((IPEndPoint)_listener.LocalEndpoint).Port}/hook";
        _serving = Serve();
    }

    public string Url { get; }

    /// <summary>Every delivery so far, in order.</summary>
    public IReadOnlyList<ReceivedCallback> Received => [.. _received];

    /// <summary>The answer to the n-th delivery, counted from 1: everything after <c>HTTP/1.1 </c>. Default: 204.</summary>
    public Func<int, Task<string>> Answer { get; set; } = _ => Task.FromResult("204 No Content\r\n\r\n");

    /// <summary>Set: after the answer's head this server goes on sending for ever.</summary>
    public bool Endless { get; set; }

    async Task Serve()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_end.Token);
                _ = Answering(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException) { return; }
    }

    async Task Answering(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using var stream = client.GetStream();
                _received.Enqueue(await Read(stream));
                var answer = await Answer(_received.Count).WaitAsync(_end.Token);
                await stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 " + answer.Replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n", StringComparison.Ordinal)), _end.Token);
                while (Endless) await stream.WriteAsync(new byte[4_096], _end.Token);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException) { return; }
        }
    }

    async Task<ReceivedCallback> Read(NetworkStream stream)
    {
        var bytes = new List<byte>();
        var buffer = new byte[1];
        while (!(bytes.Count >= 4 && bytes[^4] == 13 && bytes[^3] == 10 && bytes[^2] == 13 && bytes[^1] == 10))
        {
            if (await stream.ReadAsync(buffer, _end.Token) == 0) throw new IOException("The call was cut off.");
            bytes.Add(buffer[0]);
        }
        var lines = Encoding.ASCII.GetString([.. bytes]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(l => l.Split(": ", 2)).ToDictionary(h => h[0].ToLowerInvariant(), h => h[1]);
        var body = new byte[int.Parse(headers["content-length"], System.Globalization.CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, _end.Token);
        return new(lines[0], headers, Encoding.UTF8.GetString(body));
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _serving;
        _end.Dispose();
    }
}
