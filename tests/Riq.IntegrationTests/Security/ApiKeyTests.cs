using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Riq.Api.Security;
using Riq.Engine.Security;
using Riq.IntegrationTests.Api;
using Riq.IntegrationTests.Cluster;

namespace Riq.IntegrationTests.Security;

/// <summary>Two clients with a key each, and an operator.</summary>
public sealed class KeyedCluster : IAsyncLifetime
{
    public const string AlphaKey = "alpha's key, with blanks = and / signs";
    public const string BetaKey = "beta-key";
    public const string OperatorKey = "operator-key";
    public const string RevokedKey = "revoked-key";
    public const string EndedKey = "ended-key";

    readonly RSA _issuer = RSA.Create(2048);
    readonly string _jwks = Path.GetTempFileName();

    public RiqCluster Riq { get; private set; } = null!;

    public static string HashOf(string key) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    public async Task InitializeAsync()
    {
        Riq = await RiqCluster.Create();
        Riq.With("ApiKeys:alpha", HashOf(AlphaKey)).With("ApiKeys:beta", HashOf(BetaKey).ToUpperInvariant().Replace("SHA256:", "sha256:", StringComparison.Ordinal)).With("ApiKeys:ops", HashOf(OperatorKey) + " operate");
        var key = _issuer.ExportParameters(false);
        await File.WriteAllTextAsync(_jwks, $$"""{"keys":[{"kty":"RSA","kid":"k1","n":"{{Base64Url.EncodeToString(key.Modulus)}}","e":"{{Base64Url.EncodeToString(key.Exponent)}}"}]}""");
        Riq.With("Jwt:JwksFile", _jwks).With("Jwt:Issuer", "https://issuer.example").With("Jwt:Audience", "riq");
        foreach (var (gone, revoked) in new[] { (RevokedKey, true), (EndedKey, false) })
            await Riq.Database.Execute("""
                insert into api_keys(id, client_id, hash, scopes, created_at, created_by, expires_at, revoked_at)
                values ($1, 'gone', $2, array['submit', 'read', 'operate'], now() - interval '1 day', 'test', case when not $3 then now() - interval '1 hour' end, case when $3 then now() - interval '1 hour' end)
                """, gone, SHA256.HashData(Encoding.UTF8.GetBytes(gone)), revoked);
        await Riq.StartApi();
    }

    /// <summary>A token of the issuer that the API trusts.</summary>
    public string Token(string scope, string algorithm = "RS256", string audience = "riq", int livesFor = 600, string issuer = "https://issuer.example", bool ends = true)
    {
        var text = $$"""{"alg":"{{algorithm}}","kid":"k1"}""";
        var payload = $$"""{"iss":"{{issuer}}","aud":"{{audience}}","sub":"tom","scope":"{{scope}}"{{(ends ? $",\"exp\":{DateTimeOffset.UtcNow.AddSeconds(livesFor).ToUnixTimeSeconds()}" : "")}}}""";
        var signed = Encoding.ASCII.GetBytes($"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload))}");
        var signature = algorithm switch
        {
            "none" => [],
            "HS256" => HMACSHA256.HashData(Encoding.ASCII.GetBytes(_issuer.ExportSubjectPublicKeyInfoPem()), signed),
            _ => _issuer.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        };
        return $"{Encoding.ASCII.GetString(signed)}.{Base64Url.EncodeToString(signature)}";
    }

    public async Task DisposeAsync()
    {
        await Riq.DisposeAsync();
        _issuer.Dispose();
        File.Delete(_jwks);
    }
}

public sealed class ApiKeyTests(KeyedCluster cluster) : IClassFixture<KeyedCluster>
{
    const string Write = """{"operation":"fake.write","payload":{"text":"a"}}""";
    static readonly (string, string) Alpha = ("Authorization", "Bearer " + KeyedCluster.AlphaKey);
    static readonly (string, string) Beta = ("X-API-Key", KeyedCluster.BetaKey);
    static readonly (string, string) Operator = ("X-API-Key", KeyedCluster.OperatorKey);

    RiqApi Api => cluster.Riq.Api;

    async Task<string> Submit((string, string) key)
    {
        var json = await Api.SubmitText(Write, key).Json();
        return json.Text("token")!;
    }

    Task<HttpResponseMessage> Get(string path, (string, string) key) => Api.Send(HttpMethod.Get, path, null, key);

    /// <summary>Every call of the queue that is mapped, with who may make it.</summary>
    (string Method, string Path, Scopes AnyOf)[] Everything() =>
    [
        .. from e in Api.Host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
           let access = e.Metadata.GetMetadata<Access>()!
           where access.AnyOf != Scopes.None
           let path = "/" + e.RoutePattern.RawText!.TrimStart('/').Replace("{token}", "req_0197aaaabbbb7cccadddeeeeffff0000", StringComparison.Ordinal)
           from method in e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
           select (method, Regex.Replace(path, "{[^}]*}", "x"), access.AnyOf),
    ];

    [Fact]
    public async Task Without_a_right_key_nothing_is_answered()
    {
        foreach (var (method, path, _) in Everything()) await NothingIsAnswered(method, path);
    }

    [Fact]
    public async Task A_key_without_the_scope_gets_403_everywhere_and_changes_nothing()
    {
        var before = await cluster.Riq.Database.Scalar<long>("select count(*) from queue_requests");
        foreach (var (method, path, anyOf) in Everything())
            foreach (var (scopes, key) in new[] { (Scopes.Submit | Scopes.Read, Beta), (Scopes.Operate | Scopes.Read, Operator) })
            {
                if ((anyOf & scopes) != 0) continue;
                using var content = method == "GET" ? null : new StringContent("{}", Encoding.UTF8, "application/json");
                await Refusal.Of(Api.Send(new(method), path, content, key), HttpStatusCode.Forbidden);
            }
        Assert.Equal(before, await cluster.Riq.Database.Scalar<long>("select count(*) from queue_requests"));
    }

    [Fact]
    public async Task A_signed_token_lets_its_subject_in_with_its_scopes()
    {
        (string, string) reads = ("Authorization", "Bearer " + cluster.Token("read")), submits = ("Authorization", "Bearer " + cluster.Token("openid submit read"));
        var token = await Submit(submits);
        Assert.Equal(HttpStatusCode.OK, await Get($"/api/queue/result/{token}", reads).Code());
        Assert.Equal(HttpStatusCode.NotFound, await Get($"/api/queue/result/{token}", Alpha).Code());
        Assert.Equal(HttpStatusCode.Forbidden, await Api.SubmitText(Write, reads).Code());
        Assert.Equal("tom", await cluster.Riq.Database.Scalar<string>("select client_id from queue_requests where token = $1", token));
    }

    [Fact]
    public async Task An_operator_sees_and_cancels_everybody_s_requests_and_the_trail_says_who()
    {
        var (hers, his) = (await Submit(Alpha), await Submit(Beta));
        Assert.Subset((await List(Operator, "")).ToHashSet(), new HashSet<string> { hers, his });
        Assert.Equal(HttpStatusCode.OK, await Get($"/api/queue/result/{hers}", Operator).Code());
        Assert.Equal("failed", (await Api.Send(HttpMethod.Post, $"/api/queue/requests/{hers}/cancel", null, Operator).Json()).Text("status"));
        Assert.Equal("failed", (await Api.Send(HttpMethod.Post, $"/api/queue/requests/{his}/cancel", null, Beta).Json()).Text("status"));
        var trail = await cluster.Riq.Database.List("select by || ' ' || action || ' ' || target || ' ' || client_id from audit_entries", r => r.GetString(0));
        Assert.Contains($"ops cancelled {hers} alpha", trail);
        Assert.DoesNotContain(trail, t => t.Contains(his, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("status", "\"completed\""), InlineData("client_id", "\"alpha\""), InlineData("client", "\"alpha\""), InlineData("attempt", "9"), InlineData("retry_count", "0"), InlineData("token", "\"req_0197aaaabbbb7cccadddeeeeffff0000\""), InlineData("id", "\"x\""), InlineData("result", "{}"), InlineData("version", "1")]
    public async Task What_is_not_a_client_s_to_say_is_refused(string field, string value)
    {
        var refusal = await Refusal.Of(Api.SubmitText(Write[..^1] + $",\"{field}\":{value}}}", Beta), HttpStatusCode.BadRequest);
        Assert.Equal([field], refusal.Fields);
    }

    // These take no body, and look at none.
    static readonly string[] WithoutBody = ["/cancel", "/resume", "/retry", "/abort", "/cleanup", "/send-again", "/abandon", "/callback/replay"];

    [Fact]
    public async Task No_body_of_any_call_may_say_what_is_not_its_to_say()
    {
        (string, string) everything = ("Authorization", "Bearer " + cluster.Token("submit read operate"));
        var tried = new List<string>();
        foreach (var (method, path, _) in Everything().Where(e => e.Method is not ("GET" or "DELETE")))
        {
            var known = path.Replace("/x", "/fake", StringComparison.Ordinal);
            using var body = new StringContent("""{"items":[],"status":"completed","attempts":9,"client_id":"alpha"}""", Encoding.UTF8, "application/json");
            using var answer = await Api.Send(new(method), known, body, everything);
            // That there is no such request or service comes before what is wrong with the body.
            if (answer.StatusCode == HttpStatusCode.NotFound && (path.Contains("/req_", StringComparison.Ordinal) || path.EndsWith("/grant", StringComparison.Ordinal))) continue;
            if (WithoutBody.Any(w => path.EndsWith(w, StringComparison.Ordinal))) continue;
            tried.Add(path);
            var refusal = await Refusal.Of(answer, HttpStatusCode.BadRequest);
            Assert.Superset(new HashSet<string> { "attempts", "client_id", "status" }, refusal.Fields.ToHashSet());
        }
        Assert.Superset(new HashSet<string> { "/api/queue/submit", "/api/queue/submit/batch", "/api/queue/services/x/limits" }, tried.ToHashSet());
        Assert.Equal(0, await cluster.Riq.Database.Scalar<long>("select count(*) from queue_requests where client_id = 'tom' and status = 'completed'"));
    }

    [Fact]
    public async Task Every_answer_tells_browsers_to_do_nothing_with_it()
    {
        foreach (var answer in new[] { await Get("/api/queue/requests", Alpha), await Api.Get("/api/queue/requests"), await Api.Get("/nothing"), await Api.Get("/health/live"), await Api.Get("/docs") })
        {
            Assert.Equal(("nosniff", "DENY", "no-referrer", "same-origin"), (answer.Header("X-Content-Type-Options"), answer.Header("X-Frame-Options"), answer.Header("Referrer-Policy"), answer.Header("Cross-Origin-Resource-Policy")));
            Assert.NotEmpty(answer.Header("Content-Security-Policy")!);
            answer.Dispose();
        }
    }

    async Task NothingIsAnswered(string method, string path)
    {
        var before = await cluster.Riq.Database.Scalar<long>("select count(*) from queue_requests");
        (string, string)[][] wrong =
        [
            [], [("Authorization", "Bearer wrong")], [("Authorization", "Bearer ")], [("Authorization", "Bearer")], [("Authorization", "Basic YTpi")], [("X-API-Key", "wrong")], [("X-API-Key", "")],
            [("Authorization", "Bearer alpha")], [("Authorization", KeyedCluster.BetaKey)], [("Authorization", "Bearer " + KeyedCluster.HashOf(KeyedCluster.BetaKey))], [("X-API-Key", "BETA-KEY")],
            [("Authorization", "Bearer wrong"), ("X-API-Key", KeyedCluster.BetaKey)], [("X-API-Key", KeyedCluster.RevokedKey)], [("Authorization", "Bearer " + KeyedCluster.EndedKey)], [("X-API-Key", new string('k', 10_000))], [("Cookie", $"X-API-Key={KeyedCluster.BetaKey}")],
            .. new[] { cluster.Token("operate", algorithm: "none"), cluster.Token("operate", algorithm: "HS256"), cluster.Token("operate", audience: "other"), cluster.Token("operate", livesFor: -60), cluster.Token("operate", ends: false), cluster.Token("operate", issuer: "https://other.example") }
                .Select(t => new[] { ("Authorization", "Bearer " + t) }),
        ];
        foreach (var headers in wrong)
        {
            using var content = method != "GET" ? new StringContent(Write, Encoding.UTF8, "application/json") : null;
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
