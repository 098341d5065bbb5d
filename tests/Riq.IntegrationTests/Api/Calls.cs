using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Riq.IntegrationTests.Cluster;

namespace Riq.IntegrationTests.Api;

/// <summary>Calls that no well-behaved client makes, and some that it does.</summary>
static class Calls
{
    public const string SubmitPath = "/api/queue/submit";
    public const string BatchPath = "/api/queue/submit/batch";

    /// <summary>Posts these bytes; no Content-Type when <paramref name="contentType"/> is null.</summary>
    public static Task<HttpResponseMessage> PostBytes(this RiqApi api, string path, byte[] body, string? contentType = "application/json", params (string Name, string Value)[] headers)
    {
        var content = new ByteArrayContent(body);
        if (contentType is not null) content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        return api.Send(HttpMethod.Post, path, content, headers);
    }

    public static Task<HttpResponseMessage> PostText(this RiqApi api, string path, string body, params (string Name, string Value)[] headers) =>
        api.PostBytes(path, Encoding.UTF8.GetBytes(body), "application/json", headers);

    public static Task<HttpResponseMessage> PatchText(this RiqApi api, string path, string body) => api.Send(HttpMethod.Patch, path, new StringContent(body, Encoding.UTF8, "application/json"));

    /// <summary>Submits this JSON text.</summary>
    public static Task<HttpResponseMessage> SubmitText(this RiqApi api, string body, params (string Name, string Value)[] headers) => api.PostText(SubmitPath, body, headers);

    /// <summary>Submits an operation that is right, with these headers.</summary>
    public static Task<HttpResponseMessage> SubmitWith(this RiqApi api, params (string Name, string Value)[] headers) =>
        api.SubmitText("""{"operation":"fake.write","payload":{"text":"hello"}}""", headers);

    public static async Task<HttpResponseMessage> Send(this RiqApi api, HttpMethod method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = content };
        foreach (var (name, value) in headers)
            if (!request.Headers.TryAddWithoutValidation(name, value)) content!.Headers.TryAddWithoutValidation(name, value);
        return await api.Http.SendAsync(request);
    }

    /// <summary>Sends these characters as they are, one byte each, and gives back all that comes until the server closes the connection.</summary>
    public static async Task<string> Raw(this RiqApi api, string text)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, api.Http.BaseAddress!.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text));
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }

    public static async Task<JsonElement> Json(this Task<HttpResponseMessage> call)
    {
        using var answer = await call;
        return await RiqApi.Json(answer);
    }

    public static async Task<HttpStatusCode> Code(this Task<HttpResponseMessage> call)
    {
        using var answer = await call;
        return answer.StatusCode;
    }

    public static string? Text(this JsonElement json, string field) => json.TryGetProperty(field, out var value) ? value.GetString() : null;

    public static string? Header(this HttpResponseMessage answer, string name) => answer.Headers.TryGetValues(name, out var values) ? string.Join(",", values) : null;

    /// <summary>A client of the same API with a key of its own.</summary>
    public static HttpClient ClientWith(this RiqApi api, string key)
    {
        var client = new HttpClient { BaseAddress = api.Http.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }
}
