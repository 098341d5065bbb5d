using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Riq.Contracts;
using Riq.Engine.Submission;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;

namespace Riq.IntegrationTests.Api;

/// <summary>The OpenAPI document says what the interface does, and the page shows it without any other host.</summary>
public sealed class DocumentationTests(RunningCluster cluster) : IClassFixture<RunningCluster>, IAsyncLifetime
{
    static readonly string[] Methods = ["get", "post", "put", "patch", "delete"];
    JsonElement _document;

    RiqApi Api => cluster.Api;

    public async Task InitializeAsync()
    {
        cluster.Service.Answer = (call, _) => Task.FromResult(FakeService.Ok(call.Payload));
        using var answer = await Api.Get("/openapi/v1.json");
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        _document = await RiqApi.Json(answer);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    IEnumerable<(string Path, string Method, JsonElement Operation)> Operations =>
        from path in _document.GetProperty("paths").EnumerateObject() from method in path.Value.EnumerateObject() select (path.Name, method.Name, method.Value);

    [Fact]
    public void The_document_is_OpenAPI_3_1()
    {
        Assert.Matches(@"^3\.1\.\d+$", _document.Text("openapi"));
        Assert.NotEmpty(_document.GetProperty("info").Text("title")!);
        Assert.NotEmpty(_document.GetProperty("info").Text("version")!);
        var ids = new List<string>();
        foreach (var (path, method, operation) in Operations)
        {
            Assert.Contains(method, Methods);
            Assert.NotEmpty(operation.Text("summary")!);
            ids.Add(operation.Text("operationId")!);
            var parameters = operation.TryGetProperty("parameters", out var given) ? given.EnumerateArray().ToArray() : [];
            Assert.All(parameters, p => Assert.Contains(p.Text("in"), new[] { "path", "query", "header" }));
            Assert.All(parameters, p => Assert.True(p.TryGetProperty("schema", out _)));
            Assert.Equal(Regex.Matches(path, @"\{(\w+)\}").Select(m => m.Groups[1].Value), parameters.Where(p => p.Text("in") == "path").Select(p => p.Text("name")!));
            Assert.All(parameters.Where(p => p.Text("in") == "path"), p => Assert.True(p.GetProperty("required").GetBoolean()));
            var responses = operation.GetProperty("responses").EnumerateObject().ToArray();
            Assert.Contains(responses, r => r.Name is "200" or "204");
            Assert.All(responses, r => { Assert.Matches(@"^[1-5]\d\d$", r.Name); Assert.NotEmpty(r.Value.Text("description")!); });
            // Health has no problem to tell but itself.
            Assert.All(responses.Where(r => r.Name[0] is '4' or '5' && (path, r.Name) != ("/api/queue/health", "503")), r => Assert.True(r.Value.GetProperty("content").TryGetProperty("application/problem+json", out _)));
        }
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.All(_document.GetProperty("components").GetProperty("securitySchemes").EnumerateObject(), s => Assert.NotNull(s.Value.Text("type")));
    }

    [Fact]
    public void Every_reference_leads_somewhere()
    {
        var check = new JsonSchemaCheck(_document);
        var references = References(_document).ToArray();
        Assert.NotEmpty(references);
        Assert.All(references, r => Assert.NotEqual(JsonValueKind.Undefined, check.Resolve(r).ValueKind));
        var used = references.ToHashSet();
        Assert.All(_document.GetProperty("components").GetProperty("schemas").EnumerateObject(), s => Assert.Contains($"#/components/schemas/{s.Name}", used));

        static IEnumerable<string> References(JsonElement at) => at.ValueKind switch
        {
            JsonValueKind.Object => at.EnumerateObject().SelectMany(p => p is { Name: "$ref", Value.ValueKind: JsonValueKind.String } ? [p.Value.GetString()!] : References(p.Value)),
            JsonValueKind.Array => at.EnumerateArray().SelectMany(References),
            _ => [],
        };
    }

    [Fact]
    public void Every_route_is_documented_and_every_documented_path_is_a_route()
    {
        var routes = Api.Host.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.TrimStart('/').StartsWith("api/", StringComparison.Ordinal))
            .SelectMany(e => e.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Select(m => $"{m} /{e.RoutePattern.RawText!.TrimStart('/')}"));
        Assert.Equal(routes.Order(StringComparer.Ordinal), Operations.Select(o => $"{o.Method.ToUpperInvariant()} {o.Path}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_operation_of_the_catalog_is_documented()
    {
        var schemas = _document.GetProperty("components").GetProperty("schemas");
        var offered = schemas.GetProperty("Submission").GetProperty("oneOf").EnumerateArray().Select(s => s.Text("$ref")!.Split('/')[^1]);
        var catalog = Api.Host.Services.GetRequiredService<OperationCatalog>();
        Assert.Equal(catalog.Operations.Select(o => o.Name), offered);
        foreach (var operation in catalog.Operations)
        {
            var own = schemas.GetProperty(operation.Name).GetProperty("allOf")[1].GetProperty("properties");
            Assert.Equal(operation.Aliases.Prepend(operation.Name), own.GetProperty("operation").GetProperty("enum").EnumerateArray().Select(e => e.GetString()!));
            Assert.Equal(operation.Payload.Fields.Select(f => f.Name), own.GetProperty("payload").GetProperty("properties").EnumerateObject().Select(p => p.Name));
        }
    }

    [Fact]
    public async Task Real_submissions_and_answers_are_as_documented()
    {
        const string write = """{"operation":"fake.write","payload":{"text":"a","number":5,"data":{"x":[1]}},"priority":"high","max_retries":1,"expires_in":60,"fire_and_forget":false,"fresh":true,"stale_if_error":60,"idempotency_key":"documented"}""";
        AssertFits(RequestSchema("/api/queue/submit", "post"), JsonSerializer.Deserialize<JsonElement>(write));
        var accepted = await Answer("/api/queue/submit", "post", Api.SubmitText(write), 200);
        var token = accepted.Text("token")!;
        await Api.End(token);
        await Answer("/api/queue/submit", "post", Api.SubmitText(write, ("Prefer", "wait=30")), 200);
        await Answer("/api/queue/submit", "post", Api.SubmitText("{}"), 400);
        await Answer("/api/queue/submit", "post", Api.SubmitText(write.Replace("\"a\"", "\"b\"", StringComparison.Ordinal)), 422);
        await Answer("/api/queue/submit", "post", Api.PostBytes(Calls.SubmitPath, [1], "text/plain"), 415);
        await Answer("/api/queue/submit", "post", Api.PostBytes(Calls.SubmitPath, new byte[2 * 1024 * 1024]), 413);

        var batch = "{\"items\":[" + write + """,{"operation":"fake.fly","payload":{}},{"ref":"r1","operation":"fake.read","payload":{"text":"c"}}]}""";
        await Answer("/api/queue/submit/batch", "post", Api.PostText(Calls.BatchPath, batch), 200);
        await Answer("/api/queue/submit/batch", "post", Api.PostText(Calls.BatchPath, "[]"), 400);

        cluster.Service.Answer = (call, _) => Task.FromResult(call.Payload.GetProperty("text").GetString() == "later"
            ? FakeService.Fail(ErrorCodes.ServiceUnavailable, "Down.", 503, retryAfter: TimeSpan.FromMinutes(5)) : FakeService.Fail(ErrorCodes.Forbidden, "No.", 403));
        var failed = await Api.Submit();
        await Api.End(failed);
        var later = await Api.Submit("fake.safe_write", "later");
        await TestKit.Waiting.Eventually.True(async () => (await Api.Result(later)).Text("waiting_for") == "retry");

        foreach (var each in new[] { token, failed, later })
        {
            await Answer("/api/queue/result/{token}", "get", Api.Get($"/api/queue/result/{each}"), 200);
            await Answer("/api/queue/requests/{token}", "get", Api.Get($"/api/queue/requests/{each}"), 200);
        }
        foreach (var action in new[] { "cancel", "retry" })
        {
            var (path, picked) = ($"/api/queue/requests/{action}", $$"""{"tokens":["{{token}}","{{failed}}"]}""");
            AssertFits(RequestSchema(path, "post"), JsonSerializer.Deserialize<JsonElement>(picked));
            await Answer(path, "post", Api.PostText(path, picked), 200);
            await Answer(path, "post", Api.PostText(path, "{}"), 400);
        }
        await Answer("/api/queue/requests", "get", Api.Get("/api/queue/requests?limit=2"), 200);
        await Answer("/api/queue/requests", "get", Api.Get("/api/queue/requests?limit=x"), 400);
        await Answer("/api/queue/result/{token}", "get", Api.Get("/api/queue/result/x"), 404);
        await Answer("/api/queue/result/{token}", "get", Api.Get("/api/queue/result/x?wait=x"), 400);
        await Answer("/api/queue/requests/{token}", "get", Api.Get("/api/queue/requests/x"), 404);
        await Answer("/api/queue/requests/{token}/cancel", "post", Api.Send(HttpMethod.Post, $"/api/queue/requests/{token}/cancel"), 409);
        await Answer("/api/queue/requests/{token}/cancel", "post", Api.Send(HttpMethod.Post, $"/api/queue/requests/{later}/cancel"), 200);
        await Answer("/api/queue/requests/{token}/cancel", "post", Api.Send(HttpMethod.Post, "/api/queue/requests/x/cancel"), 404);
    }

    [Fact]
    public async Task Commands_for_services_and_their_answers_are_as_documented()
    {
        const string pause = """{"reason":"maintenance","for_seconds":600}""", circuit = """{"state":"open"}""";
        AssertFits(RequestSchema("/api/queue/services/{service}/pause", "post"), JsonSerializer.Deserialize<JsonElement>(pause));
        AssertFits(RequestSchema("/api/queue/services/{service}/circuit", "post"), JsonSerializer.Deserialize<JsonElement>(circuit));
        await Answer("/api/queue/services/{service}/pause", "post", Api.PostText("/api/queue/services/fake/pause", pause), 200);
        await Answer("/api/queue/services/{service}/circuit", "post", Api.PostText("/api/queue/services/fake/circuit", circuit), 200);
        await Answer("/api/queue/services", "get", Api.Get("/api/queue/services"), 200);
        await Answer("/api/queue/health", "get", Api.Get("/api/queue/health"), 200);
        await Answer("/api/queue/status", "get", Api.Get("/api/queue/status"), 200);
        var waiting = await Api.Submit();
        await Answer("/api/queue/result/{token}", "get", Api.Get($"/api/queue/result/{waiting}"), 200);
        await Answer("/api/queue/services/{service}/circuit", "post", Api.PostText("/api/queue/services/fake/circuit", """{"state":"closed"}"""), 200);
        await Answer("/api/queue/services/{service}/resume", "post", Api.Send(HttpMethod.Post, "/api/queue/services/fake/resume"), 200);
        await Api.End(waiting);
        await Answer("/api/queue/services/{service}/pause", "post", Api.Send(HttpMethod.Post, "/api/queue/services/fake/pause"), 200);
        await Answer("/api/queue/services/{service}/resume", "post", Api.Send(HttpMethod.Post, "/api/queue/services/fake/resume"), 200);
        await Answer("/api/queue/services/{service}/circuit", "post", Api.PostText("/api/queue/services/fake/circuit", """{"state":"auto"}"""), 200);
        foreach (var action in new[] { "pause", "circuit" })
        {
            await Answer($"/api/queue/services/{{service}}/{action}", "post", Api.PostText($"/api/queue/services/fake/{action}", """{"x":1}"""), 400);
            await Answer($"/api/queue/services/{{service}}/{action}", "post", Api.PostText($"/api/queue/services/nobody/{action}", "{}"), 404);
            await Answer($"/api/queue/services/{{service}}/{action}", "post", Api.PostBytes($"/api/queue/services/fake/{action}", [1], "text/plain"), 415);
        }
        await Answer("/api/queue/services/{service}/resume", "post", Api.Send(HttpMethod.Post, "/api/queue/services/nobody/resume"), 404);
        const string limits = """{"rate":600,"burst":5,"concurrency":null,"holds":null}""", path = "/api/queue/services/{service}/limits";
        AssertFits(RequestSchema(path, "patch"), JsonSerializer.Deserialize<JsonElement>(limits));
        await Answer(path, "patch", Api.PatchText("/api/queue/services/fake/limits", limits), 200);
        await Answer("/api/queue/services", "get", Api.Get("/api/queue/services"), 200);
        await Answer(path, "patch", Api.PatchText("/api/queue/services/fake/limits", """{"rate":null,"burst":null}"""), 200);
        await Answer(path, "patch", Api.PatchText("/api/queue/services/fake/limits", """{"rate":-1}"""), 400);
        await Answer(path, "patch", Api.PatchText("/api/queue/services/nobody/limits", limits), 404);
    }

    [Theory]
    [InlineData("""{"operation":"fake.fly","payload":{}}""")]
    [InlineData("""{"operation":"fake.write","payload":{}}""")]
    [InlineData("""{"operation":"fake.write","payload":{"text":5}}""")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"a","more":1}}""")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"a"},"priority":"urgent"}""")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"a"},"max_retries":21}""")]
    public async Task What_the_document_forbids_is_refused(string body)
    {
        Assert.NotEmpty(new JsonSchemaCheck(_document).Faults(RequestSchema("/api/queue/submit", "post"), JsonSerializer.Deserialize<JsonElement>(body)));
        await Refusal.Of(Api.SubmitText(body), HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task The_page_needs_no_other_host()
    {
        using var page = await Api.Get("/docs");
        Assert.Equal("text/html", page.Content.Headers.ContentType!.MediaType);
        var html = await page.Content.ReadAsStringAsync();
        Assert.DoesNotMatch("""(?i)(src|href|action)\s*=\s*["']?\s*(https?:)?//""", html);
        Assert.DoesNotMatch("""(?i)(url\(|@import|import\s+.*from)\s*["']?\s*(https?:)?//""", html);
        Assert.DoesNotMatch("""(?i)["'](https?:)?//""", html);
        var scripts = Regex.Matches(html, """<script[^>]*\ssrc="([^"]+)""").Select(m => m.Groups[1].Value).ToArray();
        Assert.NotEmpty(scripts);
        // What the scripts would fetch by themselves, the browser refuses.
        Assert.Contains("connect-src 'self'", page.Header("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Contains("\"telemetry\":false", html, StringComparison.Ordinal);
        foreach (var script in scripts)
        {
            using var answer = await Api.Http.GetAsync(new Uri(page.RequestMessage!.RequestUri!, script));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Contains("javascript", answer.Content.Headers.ContentType!.MediaType, StringComparison.Ordinal);
            Assert.NotEmpty(await answer.Content.ReadAsByteArrayAsync());
        }
    }

    JsonElement RequestSchema(string path, string method) =>
        _document.GetProperty("paths").GetProperty(path).GetProperty(method).GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("schema");

    async Task<JsonElement> Answer(string path, string method, Task<HttpResponseMessage> call, int status)
    {
        using var answer = await call;
        var json = await RiqApi.Json(answer);
        Assert.True((int)answer.StatusCode == status, $"{path} {(int)answer.StatusCode}: {json}");
        var documented = _document.GetProperty("paths").GetProperty(path).GetProperty(method).GetProperty("responses");
        Assert.True(documented.TryGetProperty($"{status}", out var response), $"{method} {path} does not say that it answers {status}.");
        AssertFits(response.GetProperty("content").GetProperty(answer.Content.Headers.ContentType!.MediaType!).GetProperty("schema"), json);
        return json;
    }

    void AssertFits(JsonElement schema, JsonElement value)
    {
        var faults = new JsonSchemaCheck(_document).Faults(schema, value);
        Assert.True(faults.Count == 0, $"{string.Join("\n", faults)}\nin {value}");
    }
}
