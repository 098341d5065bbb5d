using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Riq.Simulator;
using Xunit;

namespace Riq.IntegrationTests.Simulator;

/// <summary>An answer with its body parsed; undefined when it is not JSON.</summary>
public sealed record Reply(int Status, JsonElement Json, string Text, HttpResponseMessage Raw)
{
    public string? Header(string name) => Raw.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;
}

/// <summary>A simulator of its own for one test: on a free port, without latency and index lag unless asked for.</summary>
public sealed class RunningSimulator : IAsyncDisposable
{
    readonly WebApplication _app;

    RunningSimulator(WebApplication app)
    {
        _app = app;
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("riq@example.com:token")));
        Http.DefaultRequestHeaders.UserAgent.ParseAdd("worker-1");
    }

    public HttpClient Http { get; }

    public static async Task<RunningSimulator> Start(params string[] settings)
    {
        var app = SimulatorHost.Build(["--urls", "http://127.0.0.1:0", "--Simulator:LatencyScale=0", "--Simulator:IndexLagScale=0", .. settings]);
        await app.StartAsync();
        return new(app);
    }

    public Task<Reply> Get(string path) => Send(HttpMethod.Get, path);
    public Task<Reply> Post(string path, object? body = null) => Send(HttpMethod.Post, path, body);
    public Task<Reply> Put(string path, object body) => Send(HttpMethod.Put, path, body);
    public Task<Reply> Delete(string path) => Send(HttpMethod.Delete, path);

    public async Task<Reply> Send(HttpMethod method, string path, object? body = null, Action<HttpRequestMessage>? change = null, CancellationToken cancel = default)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is string text) request.Content = new StringContent(text, Encoding.UTF8, "application/json");
        else if (body is not null) request.Content = JsonContent.Create(body);
        change?.Invoke(request);
        var answer = await Http.SendAsync(request, cancel);
        var content = await answer.Content.ReadAsStringAsync(cancel);
        return new((int)answer.StatusCode, Parsed(content), content, answer);
    }

    /// <summary>Adds a fault rule and fails when it is refused.</summary>
    public async Task Fault(object rule) => Assert.Equal(201, (await Post("/__sim/faults", rule)).Status);

    /// <summary>Creates a task and returns its key.</summary>
    public async Task<string> CreateTask(string summary = "A task", string? token = null, string type = "Task", string? parent = null, params string[] labels)
    {
        var created = await Post("/rest/api/3/issue", Issue(summary, token, type, parent, labels));
        Assert.Equal(201, created.Status);
        return created.Json.GetProperty("key").GetString()!;
    }

    public static object Issue(string summary = "A task", string? token = null, string type = "Task", string? parent = null, params string[] labels)
    {
        var fields = new Dictionary<string, object> { ["project"] = new { key = "MD" }, ["issuetype"] = new { name = type }, ["summary"] = summary, ["labels"] = labels };
        if (parent is not null) fields["parent"] = new { key = parent };
        return token is null ? new { fields } : new { fields, properties = new[] { new { key = "riq.request", value = new { token } } } };
    }

    public static object Adf(string text) => new { type = "doc", version = 1, content = new[] { new { type = "paragraph", content = new[] { new { type = "text", text } } } } };

    public async Task<JsonElement> Assertion(string name) => (await Get("/__sim/ledger/assertions")).Json.GetProperty("assertions").EnumerateArray().Single(a => a.GetProperty("name").GetString() == name);

    public async Task<JsonElement[]> Ledger(string? marker = null) => [.. (await Get("/__sim/ledger" + (marker is null ? "" : $"?marker={marker}"))).Json.GetProperty("rows").EnumerateArray()];

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }

    static JsonElement Parsed(string content)
    {
        try { return JsonSerializer.Deserialize<JsonElement>(content); }
        catch (JsonException) { return default; }
    }
}
