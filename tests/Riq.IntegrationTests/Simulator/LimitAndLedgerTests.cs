using Xunit;

namespace Riq.IntegrationTests.Simulator;

public sealed class LimitAndLedgerTests
{
    [Fact]
    public async Task A_burst_over_the_limit_is_refused_with_the_exact_headers()
    {
        await using var site = await RunningSimulator.Start("--Simulator:Limits:BurstPerSecond=5", "--Simulator:Speed=0.001");
        Reply passed = null!, refused = null!;
        for (var i = 0; i < 5; i++) passed = await site.Get("/rest/api/3/issue/MD-1");
        refused = await site.Get("/rest/api/3/issue/MD-1");
        Assert.Equal((200, "5", "0", "true"), (passed.Status, passed.Header("X-RateLimit-Limit"), passed.Header("X-RateLimit-Remaining"), passed.Header("X-RateLimit-NearLimit")));
        Assert.Equal((429, "1", "jira-burst-based", "0"), (refused.Status, refused.Header("Retry-After"), refused.Header("RateLimit-Reason"), refused.Header("X-RateLimit-Remaining")));
        Assert.Equal(("\"jira-burst-based\";r=0;t=1", "\"jira-burst-based\";q=5;w=1"), (refused.Header("RateLimit"), refused.Header("RateLimit-Policy")));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\dZ$", refused.Header("X-RateLimit-Reset"));
        Assert.Equal(200, (await site.Get("/rest/api/3/myself")).Status);
    }

    [Fact]
    public async Task Writes_to_one_issue_are_limited_and_others_are_not()
    {
        await using var site = await RunningSimulator.Start("--Simulator:Limits:IssueWritesIn2Seconds=3", "--Simulator:Speed=0.001");
        var edit = new { fields = new { summary = "x" } };
        for (var i = 0; i < 3; i++) Assert.Equal(204, (await site.Put("/rest/api/3/issue/MD-2", edit)).Status);
        var refused = await site.Put("/rest/api/3/issue/MD-2", edit);
        Assert.Equal((429, "jira-per-issue-on-write", "2"), (refused.Status, refused.Header("RateLimit-Reason"), refused.Header("Retry-After")));
        Assert.Equal(204, (await site.Put("/rest/api/3/issue/MD-3", edit)).Status);
        Assert.Equal(200, (await site.Get("/rest/api/3/issue/MD-2")).Status);
    }

    [Fact]
    public async Task An_apps_points_run_out_and_come_back_with_the_hour_but_api_tokens_cost_none()
    {
        await using var site = await RunningSimulator.Start("--Simulator:Limits:PointsPerHour=10");
        var basic = site.Http.DefaultRequestHeaders.Authorization;
        site.Http.DefaultRequestHeaders.Authorization = new("Bearer", "app");
        var search = new { jql = "project = MD", fields = new[] { "summary" }, maxResults = 9 };
        Assert.Equal(200, (await site.Post("/rest/api/3/search/jql", search)).Status);
        var refused = await site.Get("/rest/api/3/myself");
        Assert.Equal((429, "jira-quota-tenant-based"), (refused.Status, refused.Header("RateLimit-Reason")));
        Assert.InRange(int.Parse(refused.Header("Retry-After")!), 1, 3600);
        Assert.Equal(200, (await site.Get("/wiki/api/v2/spaces")).Status);
        Assert.Equal(10, (await site.Get("/__sim/ledger/points")).Json.GetProperty("jira")[0].GetProperty("points").GetInt32());

        site.Http.DefaultRequestHeaders.Authorization = basic;
        Assert.Equal(200, (await site.Get("/rest/api/3/myself")).Status);
        site.Http.DefaultRequestHeaders.Authorization = new("Bearer", "app");
        await site.Post("/__sim/clock/advance", new { seconds = 3600 });
        Assert.Equal(200, (await site.Get("/rest/api/3/myself")).Status);
    }

    [Fact]
    public async Task Data_Center_limits_each_user_by_a_bucket_that_tells_its_fill_rate()
    {
        await using var site = await RunningSimulator.Start("--Simulator:DataCenter=true", "--Simulator:Limits:DataCenterBucket=2", "--Simulator:Limits:DataCenterFillRate=1", "--Simulator:Speed=0.001");
        for (var i = 0; i < 2; i++) Assert.Equal(200, (await site.Get("/rest/api/2/myself")).Status);
        var refused = await site.Get("/rest/api/2/myself");
        Assert.Equal((429, "1", "1", "1"), (refused.Status, refused.Header("X-RateLimit-Interval-Seconds"), refused.Header("X-RateLimit-FillRate"), refused.Header("Retry-After")));
    }

    [Fact]
    public async Task Limits_can_be_switched_off_and_then_send_no_headers()
    {
        await using var site = await RunningSimulator.Start("--Simulator:Limits:Enabled=false", "--Simulator:Limits:BurstPerSecond=1");
        for (var i = 0; i < 5; i++) Assert.Null((await site.Get("/rest/api/3/myself")).Header("X-RateLimit-Limit"));
    }

    [Fact]
    public async Task A_call_before_the_end_of_Retry_After_is_a_violation_and_one_after_it_is_not()
    {
        await using var site = await RunningSimulator.Start("--Simulator:Limits:RetryAfterGrace=00:00:01");
        await site.Fault(new { action = "429", retryAfter = 60, times = 1 });
        Assert.Equal(429, (await site.Get("/rest/api/3/myself")).Status);
        Assert.Equal(200, (await site.Get("/rest/api/3/issue/MD-1")).Status);
        Assert.True((await site.Assertion("no_call_before_retry_after")).GetProperty("ok").GetBoolean());

        await site.Post("/__sim/clock/advance", new { seconds = 30 });
        await site.Get("/wiki/api/v2/spaces");
        Assert.True((await site.Assertion("no_call_before_retry_after")).GetProperty("ok").GetBoolean());
        await site.Get("/rest/api/3/issue/MD-2");
        Assert.False((await site.Assertion("no_call_before_retry_after")).GetProperty("ok").GetBoolean());
        Assert.Contains("before the end of the Retry-After of Jira", (await site.Ledger())[^1].GetProperty("violation").GetString(), StringComparison.Ordinal);

        await site.Post("/__sim/clock/advance", new { seconds = 31 });
        await site.Get("/rest/api/3/issue/MD-2");
        Assert.Equal(1, (await site.Assertion("no_call_before_retry_after")).GetProperty("violations").GetInt32());
    }

    [Fact]
    public async Task A_burst_refusal_asks_only_its_own_endpoint_to_wait()
    {
        await using var site = await RunningSimulator.Start();
        await site.Fault(new { route = "/rest/api/3/issue$", action = "429", reason = "jira-burst-based", retryAfter = 60, times = 1 });
        Assert.Equal(429, (await site.Post("/rest/api/3/issue", RunningSimulator.Issue())).Status);
        await site.Post("/__sim/clock/advance", new { seconds = 5 });
        await site.Get("/rest/api/3/issue/MD-1");
        Assert.Equal(0, (await site.Assertion("no_call_before_retry_after")).GetProperty("violations").GetInt32());
        await site.Post("/rest/api/3/issue", RunningSimulator.Issue());
        Assert.Equal(1, (await site.Assertion("no_call_before_retry_after")).GetProperty("violations").GetInt32());
    }

    [Fact]
    public async Task The_ledger_has_a_row_for_each_call_with_its_worker_and_marker()
    {
        await using var site = await RunningSimulator.Start();
        var key = await site.CreateTask(token: "tok-1");
        await site.Get($"/rest/api/3/issue/{key}");
        var rows = await site.Ledger();
        Assert.Equal(2, rows.Length);
        Assert.Equal(("worker-1", "POST", "tok-1", true, 201), (Text(0, "worker"), Text(0, "method"), Text(0, "marker"), rows[0].GetProperty("committed").GetBoolean(), rows[0].GetProperty("status").GetInt32()));
        Assert.Equal(("/rest/api/3/issue/{key}", $"/rest/api/3/issue/{key}"), (Text(1, "route"), Text(1, "path")));

        var since = (await site.Get("/__sim/ledger?since=1&limit=1")).Json;
        Assert.Equal(2, since.GetProperty("rows")[0].GetProperty("seq").GetInt32());
        Assert.Equal(0, (await site.Get($"/__sim/ledger?since={since.GetProperty("next").GetInt64()}")).Json.GetProperty("rows").GetArrayLength());

        string? Text(int row, string name) => rows[row].GetProperty(name).GetString();
    }

    [Fact]
    public async Task The_ledger_keeps_the_newest_rows_when_it_is_full()
    {
        await using var site = await RunningSimulator.Start("--Simulator:LedgerCapacity=100", "--Simulator:Limits:Enabled=false");
        for (var i = 0; i < 130; i++) await site.Get("/rest/api/3/myself");
        var rows = await site.Ledger();
        Assert.Equal((100, 31, 130), (rows.Length, rows[0].GetProperty("seq").GetInt32(), rows[^1].GetProperty("seq").GetInt32()));
    }

    [Fact]
    public async Task A_request_that_was_carried_out_twice_shows_in_effects_and_assertions()
    {
        await using var site = await RunningSimulator.Start();
        await site.CreateTask(token: "once");
        await site.CreateTask(token: "twice");
        Assert.True((await site.Assertion("one_object_per_request")).GetProperty("ok").GetBoolean());
        await site.Post("/rest/api/3/issue/MD-1/comment", new { body = RunningSimulator.Adf("a"), properties = new[] { new { key = "riq.request", value = new { token = "twice" } } } });
        var assertion = await site.Assertion("one_object_per_request");
        Assert.False(assertion.GetProperty("ok").GetBoolean());
        Assert.Equal("twice", assertion.GetProperty("examples").EnumerateArray().Single().GetProperty("marker").GetString());
        Assert.Equal(2, (await site.Get("/__sim/effects?marker=twice")).Json.GetProperty("twice").GetArrayLength());
    }

    [Fact]
    public async Task A_version_written_over_by_somebody_who_has_not_read_it_is_a_lost_update()
    {
        await using var site = await RunningSimulator.Start();
        var page = (await site.Get("/wiki/api/v2/pages?limit=1")).Json.GetProperty("results")[0].GetProperty("id").GetString()!;
        var version = (await site.Get($"/wiki/api/v2/pages/{page}")).Json.GetProperty("version").GetProperty("number").GetInt32();
        Assert.Equal(200, (await Update(version + 1, "worker-1")).Status);
        Assert.Equal(409, (await Update(version + 1, "worker-2")).Status);
        Assert.True((await site.Assertion("no_lost_update")).GetProperty("ok").GetBoolean());
        Assert.Equal(200, (await Update(version + 2, "worker-2")).Status);
        Assert.Equal(page, (await site.Assertion("no_lost_update")).GetProperty("examples")[0].GetProperty("page").GetString());

        Task<Reply> Update(int number, string worker) => site.Send(HttpMethod.Put, $"/wiki/api/v2/pages/{page}",
            new { id = page, status = "current", title = $"By {worker} {number}", body = new { representation = "storage", value = "<p>x</p>" }, version = new { number } }, change: r => r.Headers.UserAgent.TryParseAdd(worker));
    }

    [Fact]
    public async Task Sending_a_refused_write_again_is_a_repeat_of_a_permanent_error()
    {
        await using var site = await RunningSimulator.Start();
        var wrong = RunningSimulator.Issue("wrong\nsummary", "tok");
        Assert.Equal(400, (await site.Post("/rest/api/3/issue", wrong)).Status);
        Assert.True((await site.Assertion("no_repeat_of_permanent_error")).GetProperty("ok").GetBoolean());
        Assert.Equal(400, (await site.Post("/rest/api/3/issue", wrong)).Status);
        Assert.False((await site.Assertion("no_repeat_of_permanent_error")).GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task Rates_over_the_limit_show_in_the_assertions()
    {
        await using var site = await RunningSimulator.Start("--Simulator:Limits:BurstPerSecond=3", "--Simulator:Speed=0.0001");
        for (var i = 0; i < 3; i++) await site.Get("/rest/api/3/myself");
        Assert.True((await site.Assertion("max_rate_per_bucket")).GetProperty("ok").GetBoolean());
        await site.Get("/rest/api/3/myself");
        var assertion = await site.Assertion("max_rate_per_bucket");
        Assert.False(assertion.GetProperty("ok").GetBoolean());
        Assert.Equal(4, assertion.GetProperty("examples")[0].GetProperty("peakPerSecond").GetInt32());
    }

    [Fact]
    public async Task A_reset_brings_back_the_seeded_state()
    {
        await using var site = await RunningSimulator.Start();
        await site.CreateTask(token: "tok");
        await site.Fault(new { route = "/nowhere", action = "503" });
        Assert.Equal(204, (await site.Post("/__sim/reset")).Status);
        Assert.Equal("MD-21", await site.CreateTask());
        Assert.Equal(0, (await site.Get("/__sim/faults")).Json.GetArrayLength());
        Assert.Empty((await site.Get("/__sim/effects")).Json.EnumerateObject());
        Assert.Single(await site.Ledger());
        Assert.Equal(200, (await site.Get("/wiki/api/v2/spaces?keys=MD")).Status);
    }

    [Fact]
    public async Task Settings_are_changed_at_run_time_and_wrong_ones_refused()
    {
        await using var site = await RunningSimulator.Start();
        var changed = await site.Put("/__sim/settings", new { indexLagScale = 2, limits = new { enabled = false } });
        Assert.Equal((200, 2, false), (changed.Status, changed.Json.GetProperty("indexLagScale").GetDouble(), changed.Json.GetProperty("limits").GetProperty("enabled").GetBoolean()));
        Assert.Equal(100, changed.Json.GetProperty("limits").GetProperty("burstPerSecond").GetInt32());
        Assert.Null((await site.Get("/rest/api/3/myself")).Header("X-RateLimit-Limit"));
        Assert.Equal(400, (await site.Put("/__sim/settings", new { latencyScale = -1 })).Status);
        Assert.Equal(400, (await site.Put("/__sim/settings", new { latency = 1 })).Status);
        Assert.Equal(2, (await site.Get("/__sim/settings")).Json.GetProperty("indexLagScale").GetDouble());
    }

    [Fact]
    public async Task Wrong_settings_keep_the_site_from_starting_and_are_named()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => RunningSimulator.Start("--Simulator:LedgerCapacity=1"));
        Assert.Contains("Simulator:LedgerCapacity", error.Message, StringComparison.Ordinal);
    }
}
