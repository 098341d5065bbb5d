using System.Text;

namespace Riq.Adapters.Http;

/// <summary>Reads bodies that may be longer than we want to hold.</summary>
static class BoundedBody
{
    const int Step = 16 * 1024;

    /// <summary>The whole body; null when it is longer than <paramref name="limit"/> bytes.</summary>
    public static async Task<byte[]?> Read(HttpContent content, int limit, CancellationToken cancellation)
    {
        if (content.Headers.ContentLength > limit) return null;
        var bytes = await ReadUpTo(content, limit + 1, cancellation);
        return bytes.Length > limit ? null : bytes;
    }

    /// <summary>The body's first <paramref name="limit"/> bytes as text.</summary>
    public static async Task<string> ReadStart(HttpContent content, int limit, CancellationToken cancellation) =>
        Encoding.UTF8.GetString(await ReadUpTo(content, limit, cancellation));

    static async Task<byte[]> ReadUpTo(HttpContent content, int limit, CancellationToken cancellation)
    {
        using var gathered = new MemoryStream();
        await using var stream = await content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[Step];
        while (gathered.Length < limit)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(Step, limit - gathered.Length)), cancellation);
            if (read == 0) break;
            gathered.Write(buffer, 0, read);
        }
        return gathered.ToArray();
    }
}
