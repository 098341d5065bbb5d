using System.Text.Json;
using Xunit;

namespace Riq.IntegrationTests.Simulator;

public sealed class FaultTests
{
    const string Create = "/rest/api/3/issue";

    static async Task<int> Issues(RunningSimulator site) => (await site.Get("/__sim/issues/count")).Json.GetProperty("count").GetInt32();

    static Task<Reply> CreateIssue(RunningSimulator site, CancellationToken cancel = default) => site.Send(HttpMethod.Post, Create, RunningSimulator.Issue(token: "tok"), cancel: cancel);

    static async Task<JsonElement> OnlyRow(RunningSimulator site) => Assert.Single(await site.Ledger("tok"));

    [Fact]
    public async Task A_429_has_its_reason_and_headers_and_commits_nothing()
    {
        await using var site = await RunningSimulator.Start();
        await site.Fault(new { route = "/rest/api/3/issue$", method = "POST", nth = 1, action = "429", reason = "jira-quota-tenant-based", retryAfter = 120 });
        var refused = await CreateIssue(site);
        Assert.Equal((429, "120", "jira-quota-tenant-based"), (refused.Status, refused.Header("Retry-After"), refused.Header("RateLimit-Reason")));
        Assert.Equal("0", refused.Header("X-RateLimit-Remaining"));
        Assert.Equal(20, await Issues(site));
        Assert.Equal(201, (await CreateIssue(site)).Status);
    }

    [Fact]
    public async Task A_429_may_come_without_reason_and_as_html()
    {
        await using var site = await RunningSimulator.Start();
        await site.Fault(new { action = new { type = "429", retryAfter = 0, html = true } });
        var refused = await CreateIssue(site);
        Assert.Equal((429, "0", null), (refused.Status, refused.Header("Retry-After"), refused.Header("RateLimit-Reason")));
        Assert.StartsWith("<!DOCTYPE html>", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plain_5xx_commits_nothing()
    {
        await using var site = await RunningSimulator.Start();
        await site.Fault(new { action = "5xx", code = 502, retryAfter = 3, times = 1 });
        var failed = await CreateIssue(site);
        Assert.Equal((502, "3", 20), (failed.Status, failed.Header("Retry-After"), await Issues(site)));
        Assert.False((await OnlyRow(site)).GetProperty("committed").GetBoolean());
    }

    [Fact]
    public async Task A_commit_then_5xx_has_done_the_work()
    {
        await using var site = await RunningSimulator.Start();
        await site.Fault(new { action = "commit-then-5xx", code = 500, times = 1 });
        Assert.Equal((500, 21), ((await CreateIssue(site)).Status, await Issues(site)));
        var row = await OnlyRow(site);
        Assert.Equal((true, 500, "commit-then-5xx"), (row.GetProperty("committed").GetBoolean(), row.GetProperty("status").GetInt32(), row.GetProperty("fault").GetString()));
    }

    [Theory]
    [InlineData("reset-before", 20)]
    [InlineData("commit-then-reset", 21)]
    public async Task A_reset_breaks_the_connection_before_or_after_the_work(string action, int issues)
    {
        await using var site = await RunningSimulator.Start();
        await site.Fault(new { action, times = 1 });
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => CreateIssue(site));
        Assert.Equal(issues, await Issues(site));
        Assert.Equal((issues == 21, 0), ((await OnlyRow(site)).GetProperty("committed").GetBoolean(), (await OnlyRow(site)).GetProperty("status").GetInt32()));
    }

    [Fact]
    public async Task A_commit_then_hang_has_done_the_work_and_never_answers()
    {
        await using var site = await RunningSimulator.Start();
        await site.Fault(new { action = "commit-then-hang", times = 1 });
        using var giveUp = new CancellationTokenSource();
        var hanging = CreateIssue(site, giveUp.Token);
        while (await Issues(site) < 21) Assert.False(hanging.IsCompleted);
        while ((await site.Ledger("tok")).Length == 0) Assert.False(hanging.IsCompleted);
        Assert.False(hanging.IsCompleted);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hanging);
        Assert.Equal((true, 0), ((await OnlyRow(site)).GetProperty("committed").GetBoolean(), (await OnlyRow(site)).GetProperty("status").GetInt32()));
    }

    [Fact]
    public async Task A_hanging_call_does_not_keep_the_site_from_closing()
    {
        var site = await RunningSimulator.Start();
        await site.Fault(new { action = "commit-then-hang" });
        using var giveUp = new CancellationTokenSource();
        var hanging = CreateIssue(site, giveUp.Token);
        while (await Issues(site) < 21) Assert.False(hanging.IsCompleted);
        var closing = site.DisposeAsync().AsTask();
        await Assert.ThrowsAnyAsync<Exception>(() => hanging);
        await closing.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_truncated_answer_breaks_off_in_the_middle()
    {
        await using var site = await RunningSimulator.Start();
        await site.Fault(new { action = "truncate", times = 1 });
        await Assert.ThrowsAnyAsync<Exception>(() => CreateIssue(site));
        Assert.Equal(21, await Issues(site));
    }

    [Fact]
    public async Task A_body_may_be_html_or_empty_though_the_work_is_done()
    {
        await using var site = await RunningSimulator.Start();
        await site.Fault(new object[] { new { action = "html-body", times = 1 }, new { action = "empty-body", times = 1 } });
        var html = await CreateIssue(site);
        Assert.Equal((201, "text/html"), (html.Status, html.Raw.Content.Headers.ContentType?.MediaType));
        Assert.Equal((201, ""), (await CreateIssue(site) is var empty ? empty.Status : 0, empty.Text));
        Assert.Equal(22, await Issues(site));
    }

    [Fact]
    public async Task A_conflict_comes_once_per_path()
    {
        await using var site = await RunningSimulator.Start();
        await site.Fault(new { method = "PUT", action = "conflict-once" });
        var edit = new { fields = new { summary = "x" } };
        Assert.Equal(409, (await site.Put("/rest/api/3/issue/MD-2", edit)).Status);
        Assert.Equal(204, (await site.Put("/rest/api/3/issue/MD-2", edit)).Status);
        Assert.Equal(409, (await site.Put("/rest/api/3/issue/MD-3", edit)).Status);
    }

    [Fact]
    public async Task A_denied_scope_is_a_401_that_names_it()
    {
        await using var site = await RunningSimulator.Start();
        await site.Fault(new { route = "/wiki", action = "deny-scope" });
        var denied = await site.Get("/wiki/api/v2/spaces");
        Assert.Equal((401, "Unauthorized; scope does not match"), (denied.Status, denied.Json.GetProperty("message").GetString()));
        Assert.Equal(200, (await site.Get("/rest/api/3/myself")).Status);
    }

    [Fact]
    public async Task A_burst_shuts_the_endpoint_for_a_while()
    {
        await using var site = await RunningSimulator.Start();
        await site.Fault(new { route = "/rest/api/3/issue$", action = "burst", seconds = 3600, times = 1 });
        Assert.Equal("jira-burst-based", (await CreateIssue(site)).Header("RateLimit-Reason"));
        Assert.Equal((429, "3600"), (await CreateIssue(site) is var again ? again.Status : 0, again.Header("Retry-After")));
        Assert.Equal(200, (await site.Get("/rest/api/3/issue/MD-1")).Status);
        await site.Post("/__sim/clock/advance", new { seconds = 3601 });
        Assert.Equal(201, (await CreateIssue(site)).Status);
    }

    [Fact]
    public async Task A_delay_takes_its_time_of_the_sites_clock()
    {
        await using var site = await RunningSimulator.Start("--Simulator:Speed=1000");
        await site.Fault(new { action = "delay", seconds = 100 });
        var before = (await site.Get("/__sim/health")).Json.GetProperty("time").GetDateTimeOffset();
        Assert.Equal(201, (await CreateIssue(site)).Status);
        var after = (await site.Get("/__sim/health")).Json.GetProperty("time").GetDateTimeOffset();
        Assert.True(after - before >= TimeSpan.FromSeconds(100), $"only {after - before} passed");
    }

    [Fact]
    public async Task Rules_are_listed_with_their_hits_and_removed_one_or_all()
    {
        await using var site = await RunningSimulator.Start();
        await site.Fault(new object[] { new { id = "a", action = "503" }, new { id = "b", action = "504" } });
        Assert.Equal(503, (await CreateIssue(site)).Status);
        Assert.Equal(1, (await site.Get("/__sim/faults")).Json[0].GetProperty("hits").GetInt32());
        Assert.Equal(204, (await site.Delete("/__sim/faults/a")).Status);
        Assert.Equal(504, (await CreateIssue(site)).Status);
        Assert.Equal(1, (await site.Delete("/__sim/faults")).Json.GetProperty("removed").GetInt32());
        Assert.Equal(201, (await CreateIssue(site)).Status);
        var refused = await site.Post("/__sim/faults", new { action = "explode" });
        Assert.Equal(400, refused.Status);
        Assert.Contains("explode", refused.Json.GetProperty("problem").GetString(), StringComparison.Ordinal);
    }
}
