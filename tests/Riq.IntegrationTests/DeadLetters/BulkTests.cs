using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Riq.Contracts;
using Riq.IntegrationTests.Api;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.DeadLetters;

/// <summary>Many dead letters at once: counted, retried, purged, aborted, and gone on with after a crash.</summary>
public sealed class BulkTests : IAsyncLifetime
{
    const string Letters = "/api/queue/dead-letters";

    // Dead letters as they are stored; made by hand, because thousands of real ones take long.
    const string DeadSql = """
        with made as (
          insert into queue_requests(id, client_id, operation, service, payload, priority, status, payload_hash, created_at, updated_at, completed_at, retry_count, max_retries, attempt, fire_and_forget, ready,
            pending_dependencies, deferrals, crashes, next_step, version, error)
          select gen_random_uuid(), 'local', 'fake.read', 'fake', '{"text":"bulk"}', 'normal', 'dead', '', now(), now(), now() - $3 * interval '1 hour', 0, 0, 1, false, true, 0, 0, 0, 'execute', 3,
            json_build_object('code', $2::text, 'message', 'Issue MD-' || n || ' failed after ' || n * 7 || ' ms', 'retries_exhausted', true, 'details', case when $4 then '{"outcome":"unknown"}'::json end)
          from generate_series(1, $1) n returning id)
        select count(*) from made
        """;

    RiqCluster _riq = null!;
    WebApplication _worker = null!;

    RiqApi Api => _riq.Api;
    FakeService Service => _riq.Service;

    public async Task InitializeAsync()
    {
        _riq = await RiqCluster.Create();
        _worker = await _riq.StartWorker();
        await _riq.StartApi();
    }

    public async Task DisposeAsync() => await _riq.DisposeAsync();

    Task Dead(int count, string code = ErrorCodes.Timeout, int hoursAgo = 1, bool unknown = false) => _riq.Database.Scalar<long>(DeadSql, count, code, hoursAgo, unknown);

    Task<long> InStatus(string status) => _riq.Database.Scalar<long>("select count(*) from queue_requests where status = $1", status);

    async Task<JsonElement> Begin(string query, string method = "POST")
    {
        using var answer = await Api.Send(new(method), Letters + (method == "POST" ? "/retry" : "") + query);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var json = await RiqApi.Json(answer);
        Assert.Equal(json.Text("url"), answer.Headers.Location!.ToString());
        return json;
    }

    Task<JsonElement> Ended(string url, TimeSpan? limit = null) => Eventually.Value(async () => await RiqApi.Json(await Api.Get(url)), o => o.Text("state") != "running", limit);

    static int Number(JsonElement json, string name) => json.GetProperty(name).GetInt32();

    /// <summary>No request was put back more often than once.</summary>
    async Task NobodyWasRetriedTwice() =>
        Assert.Equal(0, await _riq.Database.Scalar<long>("select count(*) from (select request_id from request_events where event = 'retry_requested' group by 1 having count(*) > 1) twice"));

    [Fact]
    public async Task A_retry_by_filter_takes_the_list_of_that_moment_and_leaves_out_what_is_unknown()
    {
        await Dead(12);
        await Dead(2, unknown: true);
        await Dead(3, ErrorCodes.Conflict);
        var dry = await Api.Send(HttpMethod.Post, Letters + "/retry?code=TIMEOUT&dry_run=true").Json();
        Assert.Equal((12, 2), (Number(dry, "total"), Number(dry, "left_out_unknown")));
        Assert.Equal(17, await InStatus("dead"));

        var begun = await Begin("?code=TIMEOUT&per_second=1000");
        await Dead(1);   // dies after the list was frozen
        var ended = await Ended(begun.Text("url")!);
        Assert.Equal(("completed", 12, 12, 0), (ended.Text("state"), Number(ended, "total"), Number(ended, "done"), Number(ended, "skipped")));
        await Eventually.True(async () => await InStatus("completed") == 12);
        Assert.Equal(6, await InStatus("dead"));
        await NobodyWasRetriedTwice();
        Assert.Equal(12, await _riq.Database.Scalar<long>("select count(*) from audit_entries where action = 'retry_requested' and by like 'local (bulk %'"));
    }

    [Fact]
    public async Task When_the_first_ones_fail_the_same_way_again_the_rest_is_left_alone()
    {
        Service.Answer = (_, _) => Task.FromResult(FakeService.Fail(ErrorCodes.Timeout, "Still nothing.", 504));
        await Dead(40);
        var ended = await Ended((await Begin("?service=fake&per_second=1000&first=3")).Text("url")!);
        Assert.Equal(("stopped", 3, 37), (ended.Text("state"), Number(ended, "done"), Number(ended, "waiting")));
        Assert.Contains("same way", ended.Text("reason"), StringComparison.Ordinal);
        Assert.Equal(3, Service.Calls.Count);
    }

    [Fact]
    public async Task Ten_thousand_aborted_once_and_with_the_worker_replaced_in_the_middle_are_each_retried_at_most_once()
    {
        await Dead(10_000);
        var aborted = await Begin("?code=TIMEOUT&per_second=500&first=0");
        await Eventually.True(async () => Number(await RiqApi.Json(await Api.Get(aborted.Text("url")!)), "done") > 0);
        Assert.Equal("aborted", (await Api.Send(HttpMethod.Post, aborted.Text("url") + "/abort").Json()).Text("state"));

        var lines = _riq.NewLines();
        var doomed = await _riq.StartWorker("doomed", lines);
        await _riq.Stop(_worker);   // the doomed one leads now
        var begun = await Begin("?code=TIMEOUT&per_second=1000&first=0");
        await Eventually.True(async () => Number(await RiqApi.Json(await Api.Get(begun.Text("url")!)), "done") > 100);
        lines.Cut();                // what it retried last, it can't mark any more
        await _riq.StartWorker("next");
        var ended = await Ended(begun.Text("url")!, TimeSpan.FromMinutes(3));
        Assert.Equal(("completed", 0), (ended.Text("state"), Number(ended, "waiting")));
        Assert.Equal(Number(ended, "total"), Number(ended, "done") + Number(ended, "skipped"));
        Assert.Equal(0, await InStatus("dead"));
        await NobodyWasRetriedTwice();
        Assert.Equal(10_000, await _riq.Database.Scalar<long>("select count(*) from request_events where event = 'retry_requested'"));
        lines.Mend();
    }

    [Fact]
    public async Task A_purge_by_filter_deletes_what_was_dead_and_nothing_else()
    {
        await Dead(30);
        await Dead(5, ErrorCodes.Conflict);
        var living = await Api.Submit();
        await Api.End(living);
        var ended = await Ended((await Begin("?code=TIMEOUT&per_second=1000", "DELETE")).Text("url")!);
        Assert.Equal(("completed", 30), (ended.Text("state"), Number(ended, "done")));
        Assert.Equal((5L, 1L), (await InStatus("dead"), await InStatus("completed")));
        Assert.Equal(30, await _riq.Database.Scalar<long>("select count(*) from audit_entries where action = 'dead_letter_deleted'"));
    }

    [Theory]
    [InlineData("", "all"), InlineData("?dry_run=true", "all"), InlineData("?all=true&code=X", "all"), InlineData("?all=yes", "all"), InlineData("?code=X&per_second=0", "per_second"), InlineData("?code=X&first=101", "first"), InlineData("?status=dead&code=X", "status")]
    [InlineData("?tier=4", "tier"), InlineData("?fingerprint=zz", "fingerprint"), InlineData("?failed_after=now", "failed_after")]
    public async Task A_call_that_could_mean_anything_is_refused(string query, string field) =>
        Assert.Equal([field], (await Refusal.Of(Api.Send(HttpMethod.Post, Letters + "/retry" + query), HttpStatusCode.BadRequest)).Fields);

    [Theory]
    [InlineData("{}", true), InlineData("", true), InlineData("{\"payload\":{\"text\":\"mended\"}}", false), InlineData("{\"code\":\"CONFLICT\"}", false), InlineData("[]", false), InlineData("code", false)]
    public async Task What_a_body_says_is_not_ignored(string body, bool isEmpty)
    {
        await Dead(1);
        var answer = Api.PostText(Letters + "/retry?code=TIMEOUT&dry_run=true", body);
        if (isEmpty) Assert.Equal(1, Number(await answer.Json(), "total"));
        else Assert.Equal(["body"], (await Refusal.Of(answer, HttpStatusCode.BadRequest)).Fields);
    }

    [Fact]
    public async Task Groups_are_what_failed_the_same_way_and_can_be_listed_and_retried()
    {
        await Dead(7);
        await Dead(3, ErrorCodes.Conflict, hoursAgo: 80);
        var groups = (await RiqApi.Json(await Api.Get(Letters + "/groups"))).GetProperty("items").EnumerateArray().ToArray();
        Assert.Equal([("TIMEOUT", 7), ("CONFLICT", 3)], groups.Select(g => (g.Text("code")!, Number(g, "count"))));
        Assert.Equal("Issue … failed after … ms", groups[0].Text("message"));
        var list = await RiqApi.Json(await Api.Get($"{Letters}?fingerprint={groups[1].Text("fingerprint")}"));
        Assert.Equal(3, Number(list, "total"));
        Assert.All(list.GetProperty("items").EnumerateArray(), i => Assert.Equal(3, Number(i, "tier")));
        Assert.Equal(3, Number(await RiqApi.Json(await Api.Get($"{Letters}?tier=3")), "total"));
        Assert.Equal(7, Number(await RiqApi.Json(await Api.Get($"{Letters}?failed_after={DateTime.UtcNow.AddHours(-24):yyyy-MM-ddTHH:mm:ssZ}")), "total"));
        Assert.Equal(3, Number(await Api.Send(HttpMethod.Post, $"{groups[1].Text("retry_url")}&dry_run=true").Json(), "total"));
        await Refusal.Of(Api.Get("/api/queue/bulk-operations/nothing"), HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_trail_says_who_did_what_youngest_first()
    {
        foreach (var call in new[] { "pause", "resume", "pause" }) await Api.Send(HttpMethod.Post, $"/api/queue/services/fake/{call}");
        var page = await RiqApi.Json(await Api.Get("/api/queue/audit?limit=2"));
        Assert.Equal(["service_paused", "service_resumed"], page.GetProperty("items").EnumerateArray().Select(i => i.Text("action")));
        var rest = await RiqApi.Json(await Api.Get($"/api/queue/audit?limit=2&cursor={page.Text("next_cursor")}"));
        Assert.Equal(["service_paused local fake"], rest.GetProperty("items").EnumerateArray().Select(i => $"{i.Text("action")} {i.Text("by")} {i.Text("target")}"));
        Assert.Empty((await RiqApi.Json(await Api.Get("/api/queue/audit?by=nobody"))).GetProperty("items").EnumerateArray());
    }
}
