using System.Net;
using System.Text.Json;
using Riq.Contracts;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Tokens;

/// <summary>Requests whose service refuses the credential wait, and go on at once with a new grant.</summary>
public sealed class GrantEndpointTests
{
    const string Grant = "/api/queue/services/fake/grant";
    const string Canary = "canary-secret";

    static async Task<RiqCluster> Cluster(bool encrypted = true)
    {
        var riq = await RiqCluster.Create();
        riq.With("Services:fake:Auth:Type", "bearer").With("Services:fake:Auth:Secret", "old");
        if (encrypted) riq.With("Encryption:Current", "k1").With("Encryption:Keys:k1", Convert.ToBase64String(new byte[32]));
        await riq.StartApi();
        return riq;
    }

    static async Task<(string Status, string[] NeedReauth)> Health(RiqCluster riq)
    {
        using var answer = await riq.Api.Get("/health/ready");
        var json = await RiqApi.Json(answer);
        return (json.GetProperty("status").GetString()!, [.. json.GetProperty("needs_reauth").EnumerateArray().Select(s => s.GetString()!)]);
    }

    [Fact]
    public async Task Requests_wait_without_losing_a_retry_and_go_on_at_once_with_a_new_grant()
    {
        await using var riq = await Cluster();
        var refusing = true;
        riq.Service.Answer = (call, _) => Task.FromResult(Volatile.Read(ref refusing) ? FakeService.Fail(ErrorCodes.AuthFailed, "Refused.", 401) : FakeService.Ok(call.Payload));
        await riq.StartWorker();
        var tokens = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => riq.Api.Submit("fake.write", $"n{i}", new { max_retries = 0 })));
        foreach (var token in tokens)
        {
            var waiting = await Eventually.Value(() => riq.Api.Result(token), r => r.GetProperty("deferrals").GetInt32() == 1);
            Assert.Equal(("queued", "credentials", 0), (waiting.GetProperty("status").GetString(), waiting.GetProperty("waiting_for").GetString(), waiting.GetProperty("retry_count").GetInt32()));
            Assert.Contains("credential", waiting.GetProperty("blocked_by").GetProperty("message").GetString(), StringComparison.Ordinal);
        }

        Volatile.Write(ref refusing, false);
        using var answer = await riq.Api.Post(Grant, new { secret = Canary });
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.DoesNotContain(Canary, text, StringComparison.Ordinal);
        Assert.Equal(("fake", "bearer", 20), (Json(text, "service").GetString(), Json(text, "type").GetString(), Json(text, "resumed").GetInt32()));
        foreach (var token in tokens) Assert.Equal("completed", (await riq.Api.End(token, TimeSpan.FromSeconds(40))).GetProperty("status").GetString());
        Assert.DoesNotContain(Canary, await riq.Database.Scalar<string>("select encode(access_token, 'escape') || to_jsonb(g)::text from service_grants g"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_and_metrics_name_the_service_until_it_has_a_new_grant()
    {
        await using var riq = await Cluster();
        await Eventually.True(async () => await Health(riq) is ("healthy", []));
        await riq.Api.Post(Grant, new { secret = "first" });
        await riq.Database.Execute("update service_grants set state = 'needs_reauth'");
        await Eventually.True(async () => await Health(riq) is ("degraded", ["fake"]));
        await Eventually.True(async () => await riq.Api.Host.Metric("riq_needs_reauth{service=\"fake\"}") == 1);
        await riq.Api.Post(Grant, new { secret = "second" });
        await Eventually.True(async () => await Health(riq) is ("healthy", []));
        await Eventually.True(async () => await riq.Api.Host.Metric("riq_needs_reauth{service=\"fake\"}") == 0);
    }

    [Fact]
    public async Task What_can_not_be_stored_is_refused_and_changes_nothing()
    {
        await using var riq = await Cluster(encrypted: false);
        Assert.Equal(HttpStatusCode.Conflict, (await riq.Api.Post(Grant, new { secret = Canary })).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await riq.Api.Post("/api/queue/services/unknown/grant", new { secret = Canary })).StatusCode);
        Assert.Equal(0, await riq.Database.Scalar<long>("select count(*) from service_grants"));
    }

    [Fact]
    public async Task A_wrong_body_is_a_problem_that_does_not_quote_it()
    {
        await using var riq = await Cluster();
        using var answer = await riq.Api.Post(Grant, new { secret = Canary + " x", token = Canary });
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Equal(["secret", "token"], Json(text, "errors").EnumerateObject().Select(e => e.Name).Order());
        Assert.DoesNotContain(Canary, text, StringComparison.Ordinal);
    }

    static JsonElement Json(string text, string name) => JsonSerializer.Deserialize<JsonElement>(text).GetProperty(name);
}
