using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Riq.Bench.Load;

/// <summary>
/// A keep-alive HTTP/1.1 client on a bare socket: a few microseconds a request, so that the load takes little of the processors
/// that it measures. One call at a time. Any answer but 2xx ends the run: a figure with errors in it is none.
/// </summary>
sealed class Connection : IDisposable
{
    /// <summary>The load's own API key: clients have one.</summary>
    public const string Key = "a-key-of-the-benchmark-and-nothing-else";

    readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    byte[] _answer = new byte[16 * 1024];

    public Connection(Uri server) => _socket.Connect(server.Host, server.Port);

    public static byte[] Post(string path, string body) =>
        Encoding.UTF8.GetBytes($"POST {path} HTTP/1.1\r\nHost: riq\r\nX-API-Key: {Key}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");

    public static byte[] Get(string path) => Encoding.UTF8.GetBytes($"GET {path} HTTP/1.1\r\nHost: riq\r\nX-API-Key: {Key}\r\n\r\n");

    /// <summary>The answer's body; valid until the next call.</summary>
    public async Task<ReadOnlyMemory<byte>> Send(byte[] request)
    {
        for (var sent = 0; sent < request.Length;) sent += await _socket.SendAsync(request.AsMemory(sent));
        var read = 0;
        while (true)
        {
            if (read == _answer.Length) Array.Resize(ref _answer, 2 * read);
            var got = await _socket.ReceiveAsync(_answer.AsMemory(read));
            if (got == 0) throw new IOException("The server closed the connection.");
            read += got;
            if (Body(_answer.AsMemory(0, read)) is { } body) return body;
        }
    }

    public async Task<JsonElement> Json(byte[] request)
    {
        using var document = JsonDocument.Parse(await Send(request));
        return document.RootElement.Clone();
    }

    // Null while it is not whole yet.
    static ReadOnlyMemory<byte>? Body(Memory<byte> answer)
    {
        var end = answer.Span.IndexOf("\r\n\r\n"u8);
        if (end < 0) return null;
        var head = Encoding.ASCII.GetString(answer.Span[..end]);
        var length = LengthIn(head);
        var whole = length is { } known ? answer.Length >= end + 4 + known : answer.Span.EndsWith("\r\n0\r\n\r\n"u8);
        if (!whole) return null;
        if (head[9] != '2') throw new InvalidOperationException($"{head.Split('\r')[0]}: {Encoding.UTF8.GetString(answer.Span[(end + 4)..])}");
        return length is { } size ? answer.Slice(end + 4, size) : Joined(answer[(end + 4)..]);
    }

    static int? LengthIn(string head)
    {
        const string name = "\r\nContent-Length: ";
        var at = head.IndexOf(name, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? null : int.Parse(head.AsSpan(at + name.Length).TrimStart().ToString().Split('\r')[0], CultureInfo.InvariantCulture);
    }

    static ReadOnlyMemory<byte> Joined(ReadOnlyMemory<byte> chunks)
    {
        var body = new MemoryStream();
        while (true)
        {
            var line = chunks.Span.IndexOf("\r\n"u8);
            var size = int.Parse(Encoding.ASCII.GetString(chunks.Span[..line]), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (size == 0) return body.ToArray();
            body.Write(chunks.Span.Slice(line + 2, size));
            chunks = chunks[(line + 2 + size + 2)..];
        }
    }

    public void Dispose() => _socket.Dispose();
}
