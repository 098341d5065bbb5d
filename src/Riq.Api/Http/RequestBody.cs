using System.Buffers;
using System.Text.Json;
using Microsoft.Net.Http.Headers;
using Riq.Contracts;
using Riq.Engine.Submission;

namespace Riq.Api.Http;

/// <summary>Reads a JSON body within its limits.</summary>
static class RequestBody
{
    public const int MaxBytes = 1024 * 1024;
    public const int MaxDepth = 64;

    /// <summary>What comes beyond <see cref="MaxBytes"/> is dropped up to here: a connection cut at once would cut off the refusal too.</summary>
    public const int MaxDroppedBytes = 16 * MaxBytes;

    static readonly JsonDocumentOptions Strict = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    /// <summary>The parsed body, all of whose text can be read and stored, or the refusal.</summary>
    public static async Task<(JsonDocument? Json, Problem? Problem)> Read(HttpRequest request)
    {
        var (json, refusal) = await ReadJson(request);
        if (json is null) return (null, refusal);
        var problems = new ProblemList();
        JsonSafety.Check(json.RootElement, "", problems);
        if (problems.IsEmpty) return (json, null);
        json.Dispose();
        return (null, Problems.Invalid(problems));
    }

    /// <summary>The parsed body, or the refusal, for those who look at the text themselves: a bad one among many submissions keeps none of the others.</summary>
    public static async Task<(JsonDocument? Json, Problem? Problem)> ReadJson(HttpRequest request)
    {
        if (MediaProblem(request) is { } unsupported) return (null, unsupported);
        if (request.ContentLength > MaxBytes) return (null, Problems.TooLarge());
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Max(request.ContentLength ?? 0, 16 * 1024) + 1);
        try
        {
            int length = 0, read;
            while ((read = await request.Body.ReadAsync(buffer.AsMemory(length), request.HttpContext.RequestAborted)) > 0)
            {
                length += read;
                if (length > MaxBytes) return (null, Problems.TooLarge());
                if (length == buffer.Length) buffer = Grow(buffer);
            }
            return Parse(buffer.AsSpan(0, length));
        }
        finally { ArrayPool<byte>.Shared.Return(buffer); }
    }

    static (JsonDocument?, Problem?) Parse(ReadOnlySpan<byte> bytes)
    {
        var body = bytes.StartsWith(Utf8ByteOrderMark) ? bytes[3..] : bytes;
        if (body.IsEmpty) return (null, Problems.NotJson("The body is empty."));
        try
        {
            // Copied out of the pooled buffer: a submission's JSON outlives the reading of it.
            return (JsonDocument.Parse(body.ToArray(), Strict), null);
        }
        catch (JsonException e) { return (null, Problems.NotJson(Explain(e))); }
        // The search for duplicates reads every name; a broken surrogate pair in one is no JsonException.
        catch (InvalidOperationException) { return (null, Problems.NotJson("The name of a field is not valid Unicode text.")); }
    }

    static ReadOnlySpan<byte> Utf8ByteOrderMark => [0xEF, 0xBB, 0xBF];

    static string Explain(JsonException e) => e.Message.Contains("depth", StringComparison.OrdinalIgnoreCase)
        ? $"It is nested deeper than {MaxDepth} levels."
        : e.Message.Contains("uplicate", StringComparison.Ordinal) ? "An object names the same field twice."
        : $"The first fault is in line {e.LineNumber + 1}, at byte {e.BytePositionInLine + 1}. The body must be one JSON value in UTF-8.";

    static Problem? MediaProblem(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.Count > 0 && request.Headers.ContentEncoding.ToString() is not ("" or "identity"))
            return Problems.UnsupportedMedia("Content-Encoding is not supported: send the JSON uncompressed.");
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !(type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase)))
            return Problems.UnsupportedMedia("Send Content-Type: application/json.");
        if (type.Charset.HasValue && !HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            return Problems.UnsupportedMedia("JSON is UTF-8: send it so, without another charset.");
        return null;
    }

    static byte[] Grow(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
