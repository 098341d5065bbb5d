using System.Net;
using System.Security.Cryptography;
using System.Text;
using Riq.IntegrationTests.Api;
using Riq.IntegrationTests.Cluster;

namespace Riq.IntegrationTests.Security;

/// <summary>Two clients with a key each.</summary>
public sealed class KeyedCluster : IAsyncLifetime
{
    public const string AlphaKey = "alpha's key, with blanks = and / signs";
    public const string BetaKey = "beta-key";

    public RiqCluster Riq { get; private set; } = null!;

    public static string HashOf(string key) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    public async Task InitializeAsync()
    {
        Riq = await RiqCluster.Create();
        Riq.With("ApiKeys:alpha", HashOf(AlphaKey)).With("ApiKeys:beta", HashOf(BetaKey).ToUpperInvariant().Replace("SHA256:", "sha256:", StringComparison.Ordinal));
        await Riq.StartApi();
    }

    public async Task DisposeAsync() => await Riq.DisposeAsync();
}

public sealed class ApiKeyTests(KeyedCluster cluster) : IClassFixture<KeyedCluster>
{
    const string Write = """{"operation":"fake.write","payload":{"text":"a"}}""";
    static readonly (string, string) Alpha = ("Authorization", "Bearer " + KeyedCluster.AlphaKey);
    static readonly (string, string) Beta = ("X-API-Key", KeyedCluster.BetaKey);

    RiqApi Api => cluster.Riq.Api;

    async Task<string> Submit((string, string) key)
    {
        var json = await Api.SubmitText(Write, key).Json();
        return json.Text("token")!;
    }

    Task<HttpResponseMessage> Get(string path, (string, string) key) => Api.Send(HttpMethod.Get, path, null, key);

    public static TheoryData<string, string> Everything => new()
    {
        { "POST", "/api/queue/submit" }, { "POST", "/api/queue/submit/batch" }, { "GET", "/api/queue/result/req_0197aaaabbbb7cccadddeeeeffff0000" }, { "GET", "/api/queue/requests" },
        { "GET", "/api/queue/requests/req_0197aaaabbbb7cccadddeeeeffff0000" }, { "POST", "/api/queue/requests/req_0197aaaabbbb7cccadddeeeeffff0000/cancel" },
    };

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task Without_a_right_key_nothing_is_answered(string method, string path)
    {
        var before = await cluster.Riq.Database.Scalar<long>("select count(*) from queue_requests");
        (string, string)[][] wrong =
        [
            [], [("Authorization", "Bearer wrong")], [("Authorization", "Bearer ")], [("Authorization", "Bearer")], [("Authorization", "Basic YTpi")], [("X-API-Key", "wrong")], [("X-API-Key", "")],
            [("Authorization", "Bearer alpha")], [("Authorization", KeyedCluster.BetaKey)], [("Authorization", "Bearer " + KeyedCluster.HashOf(KeyedCluster.BetaKey))], [("X-API-Key", "BETA-KEY")],
            [("Authorization", "Bearer wrong"), ("X-API-Key", KeyedCluster.BetaKey)], [("X-API-Key", new string('k', 10_000))], [("Cookie", $"X-API-Key={KeyedCluster.BetaKey}")],
        ];
        foreach (var headers in wrong)
        {
            using var content = method == "POST" ? new StringContent(Write, Encoding.UTF8, "application/json") : null;
            using var answer = await Api.Send(new(method), path, content, headers);
            Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
            Assert.Contains("Authorization: Bearer", (await Refusal.Of(answer, HttpStatusCode.Unauthorized)).Detail, StringComparison.Ordinal);
        }
        await Refusal.Of(Api.Send(new(method), path + "?api_key=" + KeyedCluster.BetaKey), HttpStatusCode.Unauthorized);
        Assert.Equal(before, await cluster.Riq.Database.Scalar<long>("select count(*) from queue_requests"));
    }

    [Fact]
    public async Task A_key_is_taken_from_either_header()
    {
        foreach (var header in new[] { ("Authorization", "Bearer beta-key"), ("Authorization", "bearer   beta-key "), ("X-API-Key", "beta-key"), ("x-api-key", "beta-key") })
            Assert.Equal(HttpStatusCode.OK, await Get("/api/queue/requests", header).Code());
        Assert.Equal(HttpStatusCode.OK, await Get("/api/queue/requests", Alpha).Code());
    }

    [Fact]
    public async Task Probes_metrics_and_documentation_need_no_key()
    {
        foreach (var path in new[] { "/health/live", "/health/ready", "/metrics", "/openapi/v1.json", "/docs" })
            Assert.Equal(HttpStatusCode.OK, await Api.Get(path).Code());
    }

    [Fact]
    public async Task Another_clients_request_looks_like_none()
    {
        var token = await Submit(Alpha);
        var unknown = $"req_{Guid.CreateVersion7():N}";
        foreach (var path in new[] { "/api/queue/result/{0}", "/api/queue/result/{0}?wait=30", "/api/queue/requests/{0}" })
        {
            var theirs = await Body(Get(string.Format(null, path, token), Beta));
            Assert.Equal(await Body(Get(string.Format(null, path, unknown), Beta)), theirs);
            Assert.StartsWith("404 ", theirs, StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.OK, await Get(string.Format(null, path, token).Replace("?wait=30", "", StringComparison.Ordinal), Alpha).Code());
        }
        Assert.StartsWith("404 ", await Body(Api.Send(HttpMethod.Get, $"/api/queue/result/{token}?wait=30", null, Beta, ("If-None-Match", "*"))), StringComparison.Ordinal);
        var cancelled = await Body(Api.Send(HttpMethod.Post, $"/api/queue/requests/{token}/cancel", null, Beta));
        Assert.Equal(await Body(Api.Send(HttpMethod.Post, $"/api/queue/requests/{unknown}/cancel", null, Beta)), cancelled);
        Assert.Equal("queued", (await Get($"/api/queue/result/{token}", Alpha).Json()).Text("status"));
        Assert.Equal("failed", (await Api.Send(HttpMethod.Post, $"/api/queue/requests/{token}/cancel", null, Alpha).Json()).Text("status"));
    }

    [Fact]
    public async Task Lists_show_a_clients_own_requests()
    {
        var (hers, his) = (await Submit(Alpha), await Submit(Beta));
        var alpha = await List(Alpha, "");
        var beta = await List(Beta, "");
        Assert.Contains(hers, alpha);
        Assert.Contains(his, beta);
        Assert.Empty(alpha.Intersect(beta));
        // A cursor is a place in the list, and no permission.
        Assert.DoesNotContain(hers, await List(Beta, $"?cursor=req_{Guid.CreateVersion7():N}"));
    }

    async Task<string[]> List((string, string) key, string query) => [.. (await Get("/api/queue/requests" + query, key).Json()).GetProperty("items").EnumerateArray().Select(i => i.Text("token")!)];

    static async Task<string> Body(Task<HttpResponseMessage> call)
    {
        using var answer = await call;
        return $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}";
    }
}
