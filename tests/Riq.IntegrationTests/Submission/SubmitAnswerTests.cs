using System.Net;
using System.Text.Json;
using Riq.IntegrationTests.Api;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Submission;

public sealed class SubmitAnswerTests(RunningCluster cluster) : IClassFixture<RunningCluster>
{
    RiqApi Api => cluster.Api;

    Task<JsonElement> Submit(string operation, string more = "") => Api.SubmitText($$$"""{"operation":"{{{operation}}}","payload":{"text":"a"}{{{more}}}}""").Json();

    [Fact]
    public async Task An_accepted_write_is_answered_with_all_that_its_client_needs()
    {
        var json = await Submit("fake.write");
        var token = json.Text("token")!;
        Assert.Matches("^req_[0-9a-f]{32}$", token);
        Assert.Equal("queued", json.Text("status"));
        Assert.Equal("ct_" + token[4..], json.Text("consistency_token"));
        Assert.True(json.GetProperty("requires_confirmation").GetBoolean());
        Assert.Equal(60, json.GetProperty("max_wait_seconds").GetInt32());
        var result = await Api.Get(json.Text("poll_url")!).Json();
        Assert.Equal(token, result.Text("token"));
        await Api.End(token);
    }

    [Fact]
    public async Task A_read_has_nothing_to_confirm()
    {
        var json = await Submit("fake.read");
        Assert.False(json.TryGetProperty("consistency_token", out _));
        Assert.False(json.TryGetProperty("requires_confirmation", out _));
        Assert.False((await Api.End(json.Text("token")!)).TryGetProperty("consistency_token", out _));
    }

    [Fact]
    public async Task Fire_and_forget_suppresses_the_confirmation_and_nothing_else()
    {
        var json = await Submit("fake.write", ",\"fire_and_forget\":true");
        Assert.False(json.TryGetProperty("requires_confirmation", out _));
        Assert.StartsWith("ct_", json.Text("consistency_token"), StringComparison.Ordinal);
        var end = await Api.End(json.Text("token")!);
        Assert.Equal("completed", end.Text("status"));
        Assert.Equal("a", end.GetProperty("result").Text("echo"));
        Assert.True((await Api.Detail(json.Text("token")!)).GetProperty("fire_and_forget").GetBoolean());
    }

    [Fact]
    public async Task Optional_fields_may_be_null()
    {
        var json = await Submit("fake.write", ""","priority":null,"idempotency_key":null,"depends_on":null,"after_consistency_token":null,"fresh":null,"callback_url":null,"fire_and_forget":null,"max_retries":null,"expires_in":null""");
        var detail = await Api.Detail(json.Text("token")!);
        Assert.Equal("normal", detail.Text("priority"));
        Assert.Equal(3, detail.GetProperty("max_retries").GetInt32());
    }

    [Fact]
    public async Task What_was_asked_for_is_kept()
    {
        var json = await Submit("fake.write", ""","priority":"high","max_retries":7,"expires_in":3600,"idempotency_key":"kept" """);
        var detail = await Api.Detail(json.Text("token")!);
        Assert.Equal("high", detail.Text("priority"));
        Assert.Equal(7, detail.GetProperty("max_retries").GetInt32());
        Assert.Equal("kept", detail.Text("idempotency_key"));
        Assert.Equal(3600, (detail.GetProperty("expires_at").GetDateTimeOffset() - detail.GetProperty("created_at").GetDateTimeOffset()).TotalSeconds, 1.0);
        Assert.Equal("""{"text": "a"}""", detail.GetProperty("payload").GetRawText());
    }

    [Fact]
    public async Task Text_of_any_script_comes_back_as_it_was_sent()
    {
        const string text = "Ünïcödé 🦊 العربية 中文 \u200b\u202e \"quoted\" \\ <script> & \u007f\u0001";
        using var answer = await Api.Post(Calls.SubmitPath + "?wait=30", new { operation = "fake.write", payload = new { text } });
        Assert.Equal(text, (await RiqApi.Json(answer)).GetProperty("result").Text("echo"));
    }

    [Fact]
    public async Task A_body_with_a_byte_order_mark_or_another_JSON_type_is_read()
    {
        var body = """{"operation":"fake.write","payload":{"text":"a"}}"""u8.ToArray();
        Assert.Equal(HttpStatusCode.OK, await Api.PostBytes(Calls.SubmitPath, [0xEF, 0xBB, 0xBF, .. body]).Code());
        foreach (var type in new[] { "application/json; charset=utf-8", "application/json;charset=\"UTF-8\"", "APPLICATION/JSON", "application/vnd.riq+json" })
            Assert.Equal(HttpStatusCode.OK, await Api.PostBytes(Calls.SubmitPath, body, type).Code());
        Assert.Equal(HttpStatusCode.OK, await Api.PostBytes(Calls.SubmitPath, body, "application/json", ("Content-Encoding", "identity")).Code());
    }

    [Fact]
    public async Task A_body_of_exactly_one_mebibyte_is_read()
    {
        var head = """{"operation":"fake.write","payload":{"text":"a"}}"""u8.ToArray();
        var body = new byte[1024 * 1024];
        body.AsSpan().Fill((byte)' ');
        head.CopyTo(body, 0);
        Assert.Equal(HttpStatusCode.OK, await Api.PostBytes(Calls.SubmitPath, body).Code());
    }

    [Fact]
    public async Task A_payload_at_the_limit_of_depth_is_stored_and_shown()
    {
        // The body, the payload and the field data are three of the 64 levels.
        var deep = string.Concat(Enumerable.Repeat("{\"d\":", 61)) + "1" + new string('}', 61);
        var json = await Api.SubmitText($$$"""{"operation":"fake.write","payload":{"text":"a","data":{{{deep}}}}}""").Json();
        Assert.Equal("completed", (await Api.End(json.Text("token")!)).Text("status"));
    }

    [Fact]
    public async Task Position_and_estimate_follow_from_the_statistics()
    {
        await Eventually.Value(() => Submit("fake.write"), json => json.TryGetProperty("position", out var position) && position.GetInt64() >= 1
            && json.TryGetProperty("estimated_completion", out var at) && at.GetDateTimeOffset() > DateTimeOffset.UtcNow.AddMinutes(-1));
    }

    [Fact]
    public async Task A_write_that_waits_behind_others_says_its_position()
    {
        await using var idle = await RiqCluster.Create();
        var free = new TaskCompletionSource();
        idle.Service.Answer = async (call, cancellation) => { await free.Task.WaitAsync(cancellation); return TestKit.Services.FakeService.Ok(call.Payload); };
        await idle.StartWorker();
        await idle.StartApi();
        for (var i = 0; i < 15; i++) await idle.Api.Submit();
        // Five run, ten wait: the next is the eleventh, within its priority or above.
        await Eventually.True(async () => await idle.Database.Scalar<long>("select coalesce(sum(queued), 0)::bigint from queue_stats") == 10);
        await Eventually.Value(() => idle.Api.SubmitText("""{"operation":"fake.write","payload":{"text":"a"},"priority":"high","idempotency_key":"high"}""").Json(),
            json => json.TryGetProperty("position", out var position) && position.GetInt64() <= 2);
        await Eventually.Value(() => idle.Api.SubmitText("""{"operation":"fake.write","payload":{"text":"a"},"priority":"low","idempotency_key":"low"}""").Json(),
            json => json.TryGetProperty("position", out var position) && position.GetInt64() is >= 11 and <= 13);
        free.SetResult();
    }
}
