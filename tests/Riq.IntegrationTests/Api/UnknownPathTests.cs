using System.Net;
using System.Text;
using Riq.IntegrationTests.Cluster;

namespace Riq.IntegrationTests.Api;

/// <summary>Calls of what is not there, and calls that are no proper HTTP.</summary>
public sealed class UnknownPathTests(IdleCluster cluster) : IClassFixture<IdleCluster>
{
    RiqApi Api => cluster.Api;

    [Theory]
    [InlineData("/nothing")]
    [InlineData("/api")]
    [InlineData("/api/queue")]
    [InlineData("/api/queue/result")]
    [InlineData("/api/queue/result/a/b")]
    [InlineData("/api/queue/submit/batch/more")]
    [InlineData("/api/queue/../../etc/passwd")]
    [InlineData("/api/queue/%2e%2e/%2e%2e/appsettings.json")]
    [InlineData("/appsettings.json")]
    [InlineData("/.git/config")]
    public async Task An_unknown_path_is_answered_with_the_way_to_the_documentation(string path) =>
        Assert.Contains("/docs", (await Refusal.Of(Api.Get(path), HttpStatusCode.NotFound)).Detail, StringComparison.Ordinal);

    [Theory]
    [InlineData("GET", "/api/queue/submit", "POST")]
    [InlineData("PUT", "/api/queue/submit", "POST")]
    [InlineData("DELETE", "/api/queue/submit/batch", "POST")]
    [InlineData("POST", "/api/queue/requests", "GET")]
    [InlineData("GET", "/api/queue/requests/req_1/cancel", "POST")]
    [InlineData("PATCH", "/api/queue/result/req_1", "GET")]
    [InlineData("TRACE", "/api/queue/submit", "POST")]
    [InlineData("FROBNICATE", "/api/queue/submit", "POST")]
    public async Task A_wrong_method_is_answered_with_the_right_one(string method, string path, string allowed)
    {
        using var answer = await Api.Send(new(method), path);
        Assert.Equal([allowed], answer.Content.Headers.Allow);
        await Refusal.Of(answer, HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task What_is_too_large_for_a_head_is_refused_and_the_process_lives_on()
    {
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, await Api.SubmitWith(("X-Large", new string('x', 64 * 1024))).Code());
        Assert.StartsWith("HTTP/1.1 431", await Api.Raw("GET / HTTP/1.1\r\nHost: x\r\n" + string.Concat(Enumerable.Range(0, 200).Select(i => $"X-{i}: y\r\n")) + "\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 414", await Api.Raw($"GET /api/queue/requests?status={new string('q', 64 * 1024)} HTTP/1.1\r\nHost: x\r\n\r\n"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await Api.Get("/api/queue/requests").Code());
    }

    [Theory]
    [InlineData("GET /health/live\r\n\r\n")]
    [InlineData("GARBAGE\r\n\r\n")]
    [InlineData("GET /health/live HTTP/9.9\r\n\r\n")]
    [InlineData("GET /health/live HTTP/1.1\r\n\r\n")]
    [InlineData("GET /health/live HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    [InlineData("GET /health/live HTTP/1.1\r\nHost: x\r\nX-Nul: a\0b\r\n\r\n")]
    [InlineData("POST /api/queue/submit HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST /api/queue/submit HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5\r\nContent-Length: 50\r\nConnection: close\r\n\r\n{}   ")]
    [InlineData("POST /api/queue/submit HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nZZZ\r\n{}\r\n0\r\n\r\n")]
    public async Task What_is_no_HTTP_is_refused(string text)
    {
        var answer = await Api.Raw(text);
        Assert.Matches("^HTTP/1.1 (400|505)", answer);
        Assert.DoesNotContain("   at ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_or_headers_that_are_too_long_are_refused_with_a_problem()
    {
        Assert.Contains("8,192", (await Refusal.Of(Api.Get("/api/queue/requests?status=" + new string('q', 10_000)), HttpStatusCode.RequestUriTooLong)).Detail, StringComparison.Ordinal);
        await Refusal.Of(Api.Send(HttpMethod.Get, "/health/live", null, [.. Enumerable.Range(0, 120).Select(i => ($"X-{i}", "y"))]), HttpStatusCode.RequestHeaderFieldsTooLarge);
        await Refusal.Of(Api.Send(HttpMethod.Get, "/health/live", null, ("X-Long", new string('y', 40_000))), HttpStatusCode.RequestHeaderFieldsTooLarge);
        Assert.Equal(HttpStatusCode.OK, await Api.Send(HttpMethod.Get, "/health/live", null, ("X-Long", new string('y', 30_000))).Code());
    }

    [Fact]
    public async Task A_body_that_comes_too_slowly_is_refused_with_a_problem()
    {
        // 5 s of grace, then 240 bytes a second are wanted; this sender stops in the middle.
        var answer = await Api.Raw("POST /api/queue/submit HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\nConnection: close\r\n\r\n{\"operation\":");
        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
        Assert.Contains("application/problem+json", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_answer_names_the_software_behind_it()
    {
        using var answer = await Api.Get("/api/queue/requests");
        Assert.Null(answer.Header("Server"));
        Assert.Null(answer.Header("X-Powered-By"));
        Assert.Equal("no-store", answer.Header("Cache-Control"));
    }

    [Fact]
    public async Task Random_bytes_as_a_body_never_fail_the_process()
    {
        var random = new Random(20260131);
        var seed = Encoding.UTF8.GetBytes("""{"operation":"fake.write","payload":{"text":"a","number":5,"data":{"a":[1,"b",null,true,1.5e3]}},"priority":"high","max_retries":3}""");
        for (var i = 0; i < 400; i++)
        {
            var body = (byte[])seed.Clone();
            for (var change = 0; change <= i % 4; change++) body[random.Next(body.Length)] = (byte)random.Next(256);
            var (path, bytes) = i % 2 == 0 ? (Calls.SubmitPath, body) : (Calls.BatchPath, (byte[])[.. "{\"items\":["u8, .. body, .. "]}"u8]);
            using var answer = await Api.PostBytes(path, bytes);
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.BadRequest, $"{(int)answer.StatusCode} for {Convert.ToHexString(bytes)}");
        }
    }
}
