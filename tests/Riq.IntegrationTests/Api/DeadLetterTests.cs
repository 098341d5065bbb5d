using System.Net;
using System.Text.Json;
using Riq.Contracts;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Xunit;

namespace Riq.IntegrationTests.Api;

/// <summary>Dead letters over REST: listed, mended, decided about.</summary>
public sealed class DeadLetterTests(RunningCluster cluster) : IClassFixture<RunningCluster>
{
    const string Letters = "/api/queue/dead-letters";

    RiqApi Api => cluster.Api;

    /// <summary>A dead letter: of a read whose retries are exhausted, or of a write whose outcome is unknown.</summary>
    async Task<string> Dead(bool unknown = false, string text = "hello", string code = ErrorCodes.ServiceUnavailable)
    {
        cluster.Service.Search = (_, _) => Task.FromResult(FakeService.Says(new EffectSearch.Ambiguous([new("MD-1") { Title = "First" }, new("MD-2")])));
        cluster.Service.Answer = (_, _) => Task.FromResult(FakeService.Fail(code, unclear: unknown));
        var token = await Api.Submit(unknown ? "fake.create" : "fake.read", text, new { max_retries = 0 });
        Assert.Equal("dead", (await Api.End(token)).GetProperty("status").GetString());
        cluster.Service.Answer = (call, _) => Task.FromResult(FakeService.Ok(call.Payload));
        return token;
    }

    async Task<(int Status, JsonElement Json)> Post(string path, object? body = null)
    {
        using var answer = body is null ? await Api.Http.PostAsync(new Uri(path, UriKind.Relative), null) : await Api.Post(path, body);
        return ((int)answer.StatusCode, await RiqApi.Json(answer));
    }

    Task<(int Status, JsonElement Json)> Decide(string token, string what, object? body = null) => Post($"{Letters}/{token}/{what}", body);

    async Task<string> LastEvent(string token) => (await Api.Detail(token)).GetProperty("timeline").EnumerateArray().Last().GetProperty("event").GetString()!;

    [Fact]
    public async Task They_are_listed_youngest_first_with_filters_and_pages()
    {
        string[] tokens = [await Dead(), await Dead(unknown: true), await Dead(code: ErrorCodes.Conflict)];
        var all = await RiqApi.Json(await Api.Get($"{Letters}?service=fake&limit=200"));
        Assert.Equal(all.GetProperty("total").GetInt32(), all.GetProperty("items").GetArrayLength());
        var mine = all.GetProperty("items").EnumerateArray().Where(i => tokens.Contains(i.GetProperty("token").GetString())).ToArray();
        Assert.Equal(tokens.Reverse(), mine.Select(i => i.GetProperty("token").GetString()));
        Assert.Equal(("fake.create", $"{Letters}/{tokens[1]}/retry", 1), (mine[1].GetProperty("operation").GetString(), mine[1].GetProperty("retry_url").GetString(), mine[1].GetProperty("attempts").GetInt32()));
        Assert.True(mine[1].TryGetProperty("failed_at", out _));
        Assert.Equal("unknown", mine[1].GetProperty("error").GetProperty("details").GetProperty("outcome").GetString());

        var conflicts = await RiqApi.Json(await Api.Get($"{Letters}?operation=fake.read&code=CONFLICT&limit=1"));
        Assert.Equal(tokens[2], Assert.Single(conflicts.GetProperty("items").EnumerateArray()).GetProperty("token").GetString());
        var first = await RiqApi.Json(await Api.Get($"{Letters}?limit=1"));
        var second = await RiqApi.Json(await Api.Get($"{Letters}?limit=1&cursor={first.GetProperty("next_cursor").GetString()}"));
        Assert.Equal(all.GetProperty("items")[1].GetProperty("token").GetString(), second.GetProperty("items")[0].GetProperty("token").GetString());
        using var wrong = await Api.Get($"{Letters}?status=dead&limit=0");
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Equal(["limit", "status"], (await RiqApi.Json(wrong)).GetProperty("errors").EnumerateObject().Select(e => e.Name).Order());
    }

    [Fact]
    public async Task A_retry_runs_it_again_as_it_is_or_with_a_mended_payload()
    {
        var token = await Dead();
        var (status, json) = await Decide(token, "retry");
        Assert.Equal((200, token), (status, json.GetProperty("token").GetString()));
        Assert.Equal("hello", (await Api.End(token)).GetProperty("result").GetProperty("echo").GetString());

        token = await Dead();
        Assert.Equal(400, (await Decide(token, "retry", new { payload = new { text = "a", unknown = 1 } })).Status);
        Assert.Equal(400, (await Decide(token, "retry", new { text = "mended" })).Status);
        Assert.Equal("dead", await Api.Status(token));
        Assert.Equal(200, (await Decide(token, "retry", new { payload = new { text = "mended" } })).Status);
        var end = await Api.End(token);
        Assert.Equal(("mended", 0), (end.GetProperty("result").GetProperty("echo").GetString(), end.GetProperty("retry_count").GetInt32()));
        Assert.Equal("mended", (await Api.Detail(token)).GetProperty("payload").GetProperty("text").GetString());
        Assert.Equal(409, (await Decide(token, "retry")).Status);
    }

    [Fact]
    public async Task An_unknown_outcome_is_not_retried_and_the_answer_names_the_three_decisions()
    {
        var token = await Dead(unknown: true);
        var (status, json) = await Decide(token, "retry");
        Assert.Equal(409, status);
        Assert.All(["adopt", "send-again", "abandon"], w => Assert.Contains(w, json.GetProperty("detail").GetString(), StringComparison.Ordinal));
        Assert.Equal("dead", await Api.Status(token));
    }

    [Theory]
    [InlineData("""{"id":"MD-1"}""", """{"id":"MD-1","title":"First"}""")]
    [InlineData("""{"id":"MD-9"}""", """{"id":"MD-9"}""")]
    [InlineData("""{"result":{"id":"x"}}""", """{"id":"x"}""")]
    public async Task An_adopted_one_is_completed_with_what_was_found(string body, string result)
    {
        var token = await Dead(unknown: true);
        var calls = cluster.Service.Calls.Count;
        Assert.Equal(200, (await Decide(token, "adopt", JsonSerializer.Deserialize<JsonElement>(body))).Status);
        var end = await Api.Result(token);
        Assert.Equal("completed", end.GetProperty("status").GetString());
        Assert.True(JsonElement.DeepEquals(JsonSerializer.Deserialize<JsonElement>(result), end.GetProperty("result")), end.ToString());
        Assert.False(end.TryGetProperty("error", out _));
        Assert.Equal("adopted", await LastEvent(token));
        Assert.Equal(calls, cluster.Service.Calls.Count);
        Assert.Equal(409, (await Decide(token, "adopt", new { id = "MD-1" })).Status);
    }

    [Theory]
    [InlineData("{}"), InlineData("""{"id":"a","result":1}"""), InlineData("""{"id":1}"""), InlineData("""{"key":"a"}"""), InlineData("[]")]
    public async Task An_adoption_that_says_nothing_clear_is_refused(string body)
    {
        var token = await Dead(unknown: true);
        Assert.Equal(400, (await Decide(token, "adopt", JsonSerializer.Deserialize<JsonElement>(body))).Status);
        Assert.Equal("dead", await Api.Status(token));
    }

    [Fact]
    public async Task One_that_is_sent_again_runs_without_a_look()
    {
        var token = await Dead(unknown: true);
        var searches = cluster.Service.Searches.Count(s => s.Marker == token);
        Assert.Equal(200, (await Decide(token, "send-again")).Status);
        Assert.Equal("completed", (await Api.End(token)).GetProperty("status").GetString());
        Assert.Equal((2, searches), (cluster.Service.Calls.Count(c => c.Marker == token), cluster.Service.Searches.Count(s => s.Marker == token)));
    }

    [Fact]
    public async Task An_abandoned_one_is_failed()
    {
        var token = await Dead(unknown: true);
        Assert.Equal(200, (await Decide(token, "abandon")).Status);
        var end = await Api.Result(token);
        Assert.Equal(("failed", "unknown"), (end.GetProperty("status").GetString(), end.GetProperty("error").GetProperty("details").GetProperty("outcome").GetString()));
        Assert.Equal("abandoned", await LastEvent(token));
        Assert.Equal(409, (await Decide(token, "abandon")).Status);
    }

    [Fact]
    public async Task A_deleted_one_is_gone_with_everything_that_was_known_of_it()
    {
        var token = await Dead();
        using var deleted = await Api.Http.DeleteAsync(new Uri($"{Letters}/{token}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        using var gone = await Api.Get($"/api/queue/result/{token}");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        var id = Guid.ParseExact(token[4..], "N");
        Assert.Equal(0, await cluster.Riq.Database.Scalar<long>("select (select count(*) from request_attempts where request_id = $1) + (select count(*) from request_events where request_id = $1)", id));
        using var again = await Api.Http.DeleteAsync(new Uri($"{Letters}/{token}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
    }

    [Fact]
    public async Task Only_dead_letters_can_be_decided_about()
    {
        cluster.Service.Answer = (call, _) => Task.FromResult(FakeService.Ok(call.Payload));
        var token = await Api.Submit();
        await Api.End(token);
        foreach (var what in new[] { "retry", "send-again", "abandon" }) Assert.Equal(409, (await Decide(token, what)).Status);
        Assert.Equal(409, (await Decide(token, "adopt", new { id = "a" })).Status);
        using var deleted = await Api.Http.DeleteAsync(new Uri($"{Letters}/{token}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Conflict, deleted.StatusCode);
        foreach (var unknown in new[] { "req_0123456789abcdef0123456789abcdef", "nonsense" }) Assert.Equal(404, (await Decide(unknown, "send-again")).Status);
    }
}
