using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Riq.TestKit.Servers;

/// <summary>A server's address that a test can take away: refuse and cut connections, or let them hang.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    const int FirstPort = 22_000, EndOfPorts = 32_000;
    static readonly ConcurrentDictionary<int, byte> Taken = [];

    readonly IPEndPoint _target;
    readonly ConcurrentDictionary<Socket, byte> _sockets = [];
    readonly CancellationTokenSource _end = new();
    readonly object _lock = new();
    TaskCompletionSource _asking = Done(), _answering = Done();
    TcpListener? _listener;
    int _accepted;

    public TcpProxy(string host, int port)
    {
        _target = new(host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(host), port);
        Port = ListenSomewhere();
    }

    public int Port { get; }

    /// <summary>Connections taken so far.</summary>
    public int Accepted => _accepted;

    /// <summary>Cuts every connection and refuses new ones.</summary>
    public void Cut()
    {
        lock (_lock)
        {
            _listener?.Stop();
            _listener = null;
        }
        CutConnections();
    }

    /// <summary>Cuts every connection; new ones are welcome.</summary>
    public void CutConnections()
    {
        foreach (var socket in _sockets.Keys) socket.Close(0);
    }

    /// <summary>Takes new connections again.</summary>
    public void Restore() => Listen(Port);

    /// <summary>Keeps connections open and lets nothing through, in either direction.</summary>
    public void Freeze()
    {
        _asking = New();
        FreezeAnswers();
    }

    /// <summary>What is asked still reaches the server; its answers wait. Cut after it, and the client never learns what became of its last words.</summary>
    public void FreezeAnswers() => _answering = New();

    public void Thaw()
    {
        _asking.TrySetResult();
        _answering.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        Thaw();
        Cut();
        Taken.TryRemove(Port, out _);
        _end.Dispose();
    }

    // Not a port from the system's own range: while this one is cut, an outgoing connection of anybody might be given it.
    int ListenSomewhere()
    {
        while (true)
        {
            var port = Random.Shared.Next(FirstPort, EndOfPorts);
            if (!Taken.TryAdd(port, 0)) continue;
            try { return Listen(port); }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse) { Ended(e); }
        }
    }

    int Listen(int port)
    {
        lock (_lock)
        {
            if (_listener is not null) return Port;
            var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            listener.Start();
            _listener = listener;
            _ = Accept(listener);
            return ((IPEndPoint)_listener.LocalEndpoint).Port;
        }
    }

    async Task Accept(TcpListener listener)
    {
        try
        {
            while (true) _ = Serve(await listener.AcceptSocketAsync(_end.Token));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException) { Ended(e); }
    }

    async Task Serve(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        _sockets[client] = 0;
        _sockets[server] = 0;
        Interlocked.Increment(ref _accepted);
        try
        {
            await server.ConnectAsync(_target, _end.Token);
            await Task.WhenAny(Copy(client, server, () => _asking.Task), Copy(server, client, () => _answering.Task));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException) { Ended(e); }
        finally
        {
            _sockets.TryRemove(client, out _);
            _sockets.TryRemove(server, out _);
            client.Close(0);
        }
    }

    async Task Copy(Socket from, Socket to, Func<Task> flowing)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer, _end.Token)) > 0)
            {
                await flowing();
                await to.SendAsync(buffer.AsMemory(0, read), _end.Token);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException) { Ended(e); }
    }

    // A cut connection is what this class is for.
    static void Ended(Exception e) => System.Diagnostics.Debug.WriteLine(e.Message);

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    static TaskCompletionSource Done()
    {
        var done = New();
        done.SetResult();
        return done;
    }
}
