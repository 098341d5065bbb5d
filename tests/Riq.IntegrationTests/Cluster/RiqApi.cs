using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Cluster;

/// <summary>One API process as its clients see it.</summary>
public sealed class RiqApi(WebApplication host, Uri address)
{
    public WebApplication Host => host;

    public HttpClient Http { get; } = new(new SocketsHttpHandler { MaxConnectionsPerServer = 512 }) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(90) };

    public Task<HttpResponseMessage> Post(string path, object body) => Http.PostAsJsonAsync(new Uri(path, UriKind.Relative), body);

    public Task<HttpResponseMessage> Get(string path) => Http.GetAsync(new Uri(path, UriKind.Relative));

    public static async Task<JsonElement> Json(HttpResponseMessage answer) => JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync());

    /// <summary>Submits one operation of the fake service and returns its token.</summary>
    public async Task<string> Submit(string operation = "fake.write", string text = "hello", object? more = null)
    {
        var body = JsonSerializer.SerializeToNode(new { operation, payload = new { text } })!.AsObject();
        if (more is not null)
            foreach (var (name, value) in JsonSerializer.SerializeToNode(more)!.AsObject()) body[name] = value?.DeepClone();
        using var answer = await Post("/api/queue/submit", body);
        var json = await Json(answer);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{(int)answer.StatusCode}: {json}");
        return json.GetProperty("token").GetString()!;
    }

    public async Task<JsonElement> Result(string token, int wait = 0) => await Json(await Get($"/api/queue/result/{token}?wait={wait}"));

    public async Task<string> Status(string token) => (await Result(token)).GetProperty("status").GetString()!;

    /// <summary>Long-polls until the request has ended.</summary>
    public Task<JsonElement> End(string token, TimeSpan? limit = null) =>
        Eventually.Value(() => Result(token, wait: 10), r => r.GetProperty("status").GetString() is "completed" or "failed" or "dead", limit);

    public async Task<JsonElement> Detail(string token) => await Json(await Get($"/api/queue/requests/{token}"));
}
