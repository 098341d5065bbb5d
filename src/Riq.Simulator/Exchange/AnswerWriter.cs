using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Riq.Simulator.Exchange;

/// <summary>Puts an answer on the wire.</summary>
static class AnswerWriter
{
    static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task Write(Call call, Answer answer)
    {
        var bytes = Begin(call, answer);
        if (bytes.Length > 0) await call.Http.Response.Body.WriteAsync(bytes);
    }

    /// <summary>Promises the whole body, sends half of it and breaks the connection.</summary>
    public static async Task WriteHalf(Call call, Answer answer)
    {
        var bytes = Begin(call, answer);
        await call.Http.Response.Body.WriteAsync(bytes.AsMemory(0, bytes.Length / 2));
        await call.Http.Response.Body.FlushAsync();
        call.Http.Abort();
    }

    static byte[] Begin(Call call, Answer answer)
    {
        var response = call.Http.Response;
        response.StatusCode = answer.Status;
        foreach (var header in answer.Headers) response.Headers[header.Key] = header.Value;

        byte[] bytes = answer.Text is { } text ? Encoding.UTF8.GetBytes(text) : answer.Body is { } body ? JsonSerializer.SerializeToUtf8Bytes(body, Json) : [];
        if (answer.Status == 204) return [];
        if (bytes.Length > 0) response.ContentType = answer.ContentType;
        response.ContentLength = bytes.Length;
        return bytes;
    }
}
