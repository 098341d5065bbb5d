using System.Net;
using System.Net.Http.Headers;

namespace Riq.Adapters.Http;

/// <summary>
/// The body of a call; notes when the connection stands and the body begins to be written. Until then the service
/// can't have carried out anything. Writes without a body send an empty one for the same reason: with no content at all,
/// HttpClient would also repeat the call by itself when a kept connection turns out to be closed.
/// </summary>
sealed class SentContent : HttpContent
{
    readonly byte[] _body;
    readonly Func<bool> _mayStillSend;

    /// <param name="body">JSON, or nothing.</param>
    /// <param name="mayStillSend">Asked at the last moment; when it says no, nothing is sent.</param>
    public SentContent(byte[] body, Func<bool> mayStillSend)
    {
        (_body, _mayStillSend) = (body, mayStillSend);
        if (body.Length > 0) Headers.ContentType = new MediaTypeHeaderValue("application/json");
    }

    public bool Begun { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellation)
    {
        if (!_mayStillSend()) throw new IOException("The time of the operation was over before anything was sent.");
        Begun = true;
        await stream.WriteAsync(_body, cancellation);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}
