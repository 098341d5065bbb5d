using System.Text.Json;
using Riq.Api.Results;
using Riq.Contracts;
using Riq.Engine.Requests;
using Riq.Engine.Results;

namespace Riq.UnitTests.Api;

public class ResultAnswerTests
{
    static readonly DateTime Created = new(2026, 5, 4, 12, 0, 0, 123, DateTimeKind.Utc);

    static RequestSnapshot Snapshot(string status) => new()
    {
        Id = new("01936f8e-7c1a-7b3c-9d4e-5f6071829304"), ClientId = "anna", Operation = "jira.create_task", Service = "jira", Priority = "normal", Status = status, CreatedAt = Created, Version = 4,
    };

    static async Task<JsonElement> Answer(RequestSnapshot snapshot)
    {
        var http = Http.Call();
        var answer = await http.Answer(ResultAnswer.Of(http, snapshot));
        Assert.Equal((200, "\"v4\"", "no-store"), (http.Response.StatusCode, http.Response.Headers.ETag.ToString(), http.Response.Headers.CacheControl.ToString()));
        return answer;
    }

    static void AssertJson(string expected, JsonElement actual) => Assert.True(JsonElement.DeepEquals(JsonSerializer.Deserialize<JsonElement>(expected), actual), actual.ToString());

    [Fact]
    public async Task A_queued_request_says_what_it_waits_for() => AssertJson("""
        {"token":"req_01936f8e7c1a7b3c9d4e5f6071829304","operation":"jira.create_task","status":"queued","waiting_for":"worker","blocked_by":{"reason":"worker","message":"A free worker for jira."},
         "attempts":0,"retry_count":0,"deferrals":0,"created_at":"2026-05-04T12:00:00.123Z","cached":false}
        """, await Answer(Snapshot("queued")));

    [Fact]
    public async Task A_request_between_two_attempts_says_until_when()
    {
        var answer = await Answer(Snapshot("queued") with
        {
            WaitingFor = WaitingFor.Retry, NextRetryAt = Created.AddSeconds(2), Attempts = 1, RetryCount = 1,
            Error = RequestError.From(new(ErrorCodes.Timeout, "Too slow.")).ToJson(),
        });
        AssertJson("""{"reason":"retry","until":"2026-05-04T12:00:02.123Z","message":"The last attempt failed; the next one starts at the time in until."}""", answer.GetProperty("blocked_by"));
        AssertJson("""{"code":"TIMEOUT","message":"Too slow.","retries_exhausted":false,"attempts":1}""", answer.GetProperty("error"));
        Assert.Equal("2026-05-04T12:00:02.123Z", answer.GetProperty("next_retry_at").GetString());
    }

    [Fact]
    public async Task A_request_whose_service_is_not_called_says_so_before_anything_else()
    {
        var answer = await Answer(Snapshot("queued") with { WaitingFor = WaitingFor.Retry, NextRetryAt = Created.AddSeconds(2), Block = new("circuit", Created.AddSeconds(60), "Down.") });
        Assert.Equal("circuit", answer.GetProperty("waiting_for").GetString());
        AssertJson("""{"reason":"circuit","until":"2026-05-04T12:01:00.123Z","message":"Down."}""", answer.GetProperty("blocked_by"));
        Assert.False((await Answer(Snapshot("queued") with { NextRetryAt = Created, Block = new("paused", null, "x") })).GetProperty("blocked_by").TryGetProperty("until", out _));
    }

    [Fact]
    public async Task A_completed_request_has_its_result_as_it_was_stored() => AssertJson("""
        {"token":"req_01936f8e7c1a7b3c9d4e5f6071829304","operation":"jira.create_task","status":"completed","result":{"id":"MD-1","n":1.50},"attempts":1,"retry_count":0,"deferrals":2,
         "created_at":"2026-05-04T12:00:00.123Z","started_at":"2026-05-04T12:00:01.123Z","completed_at":"2026-05-04T12:00:01.623Z","duration_ms":1500,"consistency_token":"ct_1","cached":false}
        """, await Answer(Snapshot("completed") with
        {
            Result = """{"id": "MD-1", "n": 1.50}""", Attempts = 1, Deferrals = 2, StartedAt = Created.AddSeconds(1), CompletedAt = Created.AddSeconds(1.5), ConsistencyToken = "ct_1",
        }));

    [Fact]
    public async Task An_ended_request_waits_for_nothing()
    {
        var answer = await Answer(Snapshot("dead") with { Error = RequestError.From(new(ErrorCodes.Timeout, "Too slow."), exhausted: true).ToJson(), Attempts = 4, CompletedAt = Created });
        Assert.False(answer.TryGetProperty("waiting_for", out _) || answer.TryGetProperty("blocked_by", out _) || answer.TryGetProperty("result", out _));
        AssertJson("""{"code":"TIMEOUT","message":"Too slow.","retries_exhausted":true,"attempts":4}""", answer.GetProperty("error"));
    }

    [Fact]
    public void The_tag_changes_with_every_version() => Assert.NotEqual(ResultAnswer.ETag(Snapshot("queued")), ResultAnswer.ETag(Snapshot("queued") with { Version = 5 }));
}
