using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Riq.IntegrationTests.Adapters;

/// <summary>A real web server on a free port that answers as told and notes every call.</summary>
sealed class FakeService : IAsyncDisposable
{
    /// <summary>A call as it arrived; the path as it was sent, with its query.</summary>
    public sealed record Received(string Method, string Path, string Body, IReadOnlyDictionary<string, string> Headers)
    {
        public JsonNode Json => JsonNode.Parse(Body)!;

        public override string ToString() => $"{Method} {Path}";
    }

    sealed record Rule(string Method, string Path, Func<HttpContext, Task> Reply);

    readonly WebApplication _app;
    readonly ConcurrentQueue<Received> _received = new();
    readonly List<Rule> _rules = [];

    FakeService(WebApplication app) => _app = app;

    /// <summary>Changes what is sent before it goes out, and what arrives before it is noted. Default: nothing.</summary>
    public Func<string, Task<string>> Outgoing { get; set; } = Task.FromResult;
    public Func<string, Task<string>> Incoming { get; set; } = Task.FromResult;

    public string Url => _app.Urls.First();

    public IReadOnlyList<Received> Calls => [.. _received];

    /// <summary>What was called, e.g. <c>GET /rest/api/3/issue/MD-1</c>.</summary>
    public IReadOnlyList<string> Routes => [.. _received.Select(r => r.ToString())];

    public static async Task<FakeService> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var service = new FakeService(app);
        app.Run(service.Reply);
        await app.StartAsync();
        return service;
    }

    /// <summary>How to answer calls whose path begins so; of several rules for a route each answers once, the last for ever.</summary>
    public FakeService On(string method, string path, Func<HttpContext, Task> reply)
    {
        lock (_rules) _rules.Add(new(method, path, reply));
        return this;
    }

    public FakeService On(string method, string path, int status, string body = "", params (string Name, string Value)[] headers) => On(method, path, async context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = body.StartsWith('<') ? "text/html" : "application/json";
        foreach (var (name, value) in headers) context.Response.Headers[name] = value;
        if (body.Length > 0) await context.Response.WriteAsync(await Outgoing(body));
    });

    async Task Reply(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await Incoming(await reader.ReadToEndAsync());
        var path = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
        _received.Enqueue(new(context.Request.Method, path, body, context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        if (Next(context.Request.Method, path) is { } rule) await rule.Reply(context);
        else context.Response.StatusCode = 418;
    }

    Rule? Next(string method, string path)
    {
        lock (_rules)
        {
            var matching = _rules.Where(r => r.Method == method && path.StartsWith(r.Path, StringComparison.Ordinal)).ToList();
            var exact = matching.Where(r => r.Path == path.Split('?')[0]).ToList();
            if (exact.Count > 0) matching = exact;
            if (matching.Count > 1) _rules.Remove(matching[0]);
            return matching.FirstOrDefault();
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
