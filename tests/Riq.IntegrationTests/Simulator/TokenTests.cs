using Xunit;

namespace Riq.IntegrationTests.Simulator;

public sealed class TokenTests
{
    const string Endpoint = "/oauth/token";

    static Task<Reply> Refresh(RunningSimulator site, string token) => site.Post(Endpoint, new { grant_type = "refresh_token", client_id = "c", client_secret = "s", refresh_token = token });

    static string Text(Reply reply, string name) => reply.Json.GetProperty(name).GetString()!;

    static async Task<int> Call(RunningSimulator site, string access) =>
        (await site.Send(HttpMethod.Get, "/ex/jira/cloud/rest/api/3/myself", change: r => r.Headers.Authorization = new("Bearer", access))).Status;

    [Fact]
    public async Task Refresh_tokens_rotate_and_a_spent_one_works_for_the_leeway_only()
    {
        await using var site = await RunningSimulator.Start("--Simulator:Tokens:Enforced=true");
        var first = await site.Post(Endpoint, new { grant_type = "authorization_code", code = "x", client_id = "c", client_secret = "s", redirect_uri = "r" });
        Assert.Equal((200, 3600), (first.Status, first.Json.GetProperty("expires_in").GetInt32()));
        Assert.Equal(200, await Call(site, Text(first, "access_token")));

        var second = await Refresh(site, Text(first, "refresh_token"));
        Assert.NotEqual(Text(first, "refresh_token"), Text(second, "refresh_token"));
        Assert.Equal(200, (await Refresh(site, Text(first, "refresh_token"))).Status);
        Assert.False((await site.Assertion("one_refresh_per_expiry")).GetProperty("ok").GetBoolean());

        await site.Post("/__sim/clock/advance", new { seconds = 601 });
        var reused = await Refresh(site, Text(first, "refresh_token"));
        Assert.Equal((403, "invalid_grant"), (reused.Status, Text(reused, "error")));
        Assert.Equal(403, (await Refresh(site, Text(second, "refresh_token"))).Status);
        Assert.Equal(401, await Call(site, Text(second, "access_token")));
    }

    [Fact]
    public async Task An_access_token_ends_with_its_life()
    {
        await using var site = await RunningSimulator.Start("--Simulator:Tokens:Enforced=true", "--Simulator:Tokens:AccessTokenTtl=00:01:00");
        var grant = await Refresh(site, "simulated-refresh-token");
        Assert.Equal(60, grant.Json.GetProperty("expires_in").GetInt32());
        Assert.Equal(200, await Call(site, Text(grant, "access_token")));
        await site.Post("/__sim/clock/advance", new { seconds = 61 });
        Assert.Equal(401, await Call(site, Text(grant, "access_token")));
        Assert.Equal(401, await Call(site, "made-up"));
    }

    [Theory]
    [InlineData("commit-then-reset"), InlineData("commit-then-hang")]
    public async Task A_lost_reply_is_no_second_refresh(string action)
    {
        await using var site = await RunningSimulator.Start("--Simulator:LedgerCapacity=100");
        await site.Fault(new { route = Endpoint, action, times = 1 });
        using var giveUp = new CancellationTokenSource();
        var lost = site.Send(HttpMethod.Post, Endpoint, new { grant_type = "refresh_token", client_id = "c", client_secret = "s", refresh_token = "simulated-refresh-token" }, cancel: giveUp.Token);
        while ((await site.Ledger()).Length == 0) Assert.False(lost.IsCompletedSuccessfully);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => lost);
        for (var i = 0; i < 100; i++) await site.Get("/rest/api/3/myself");   // the lost one's row is overwritten
        Assert.Equal(200, (await Refresh(site, "simulated-refresh-token")).Status);
        Assert.True((await site.Assertion("one_refresh_per_expiry")).GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task A_refresh_long_before_the_end_is_one_too_many()
    {
        await using var site = await RunningSimulator.Start();
        var first = await Refresh(site, "simulated-refresh-token");
        await site.Post("/__sim/clock/advance", new { seconds = 3300 });
        var second = await Refresh(site, Text(first, "refresh_token"));
        Assert.True((await site.Assertion("one_refresh_per_expiry")).GetProperty("ok").GetBoolean());
        Assert.Equal(200, (await Refresh(site, Text(second, "refresh_token"))).Status);
        Assert.False((await site.Assertion("one_refresh_per_expiry")).GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task Client_credentials_come_without_a_refresh_token_and_forms_are_taken()
    {
        await using var site = await RunningSimulator.Start("--Simulator:Tokens:Enforced=true");
        var answer = await site.Http.PostAsync(Endpoint, new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", "c"), new("client_secret", "s")]));
        var json = System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>(await answer.Content.ReadAsStringAsync());
        Assert.False(json.TryGetProperty("refresh_token", out _));
        Assert.Equal(200, await Call(site, json.GetProperty("access_token").GetString()!));
        Assert.Equal(400, (await site.Post(Endpoint, new { grant_type = "password" })).Status);
    }

    [Theory]
    [InlineData("403", 403), InlineData("404", 404)]
    public async Task An_ended_token_may_show_as_a_403_or_a_404_and_one_that_never_was_as_a_401(string ended, int status)
    {
        await using var site = await RunningSimulator.Start("--Simulator:Tokens:Enforced=true", "--Simulator:Tokens:AccessTokenTtl=00:01:00", $"--Simulator:Tokens:Ended={ended}");
        var access = Text(await Refresh(site, "simulated-refresh-token"), "access_token");
        Assert.Equal(200, await Call(site, access));
        await site.Post("/__sim/clock/advance", new { seconds = 61 });
        Assert.Equal(status, await Call(site, access));
        Assert.Equal(401, await Call(site, "made-up"));
    }

    [Fact]
    public async Task With_an_ended_API_token_one_may_be_nobody_who_is_shown_nothing_and_changes_nothing()
    {
        await using var site = await RunningSimulator.Start("--Simulator:Tokens:ApiTokenEnforced=true", "--Simulator:Tokens:ApiToken=token", "--Simulator:Tokens:Ended=nobody");
        var issue = new { fields = new { project = new { key = "MD" }, issuetype = new { name = "Task" }, summary = "Here" } };
        var created = await site.Post("/rest/api/3/issue", issue);
        Assert.Equal(201, created.Status);
        await site.Put("/__sim/settings", new { tokens = new { apiToken = "another" } });

        var found = await site.Post("/rest/api/3/search/jql", new { jql = "project = MD" });
        Assert.Equal((200, 0, true), (found.Status, found.Json.GetProperty("issues").GetArrayLength(), found.Json.GetProperty("isLast").GetBoolean()));
        Assert.Equal(0, (await site.Get("/wiki/rest/api/search?cql=type%3Dpage")).Json.GetProperty("results").GetArrayLength());
        Assert.Equal(404, (await site.Get($"/rest/api/3/issue/{Text(created, "key")}")).Status);
        Assert.Equal(401, (await site.Post("/rest/api/3/issue", issue)).Status);
        Assert.Equal(401, (await site.Get("/rest/api/3/myself")).Status);
    }

    [Fact]
    public async Task Api_tokens_can_be_held_to_the_sites_own()
    {
        await using var site = await RunningSimulator.Start("--Simulator:Tokens:ApiTokenEnforced=true", "--Simulator:Tokens:ApiToken=token");
        Assert.Equal("riq@example.com", (await site.Get("/rest/api/3/myself")).Json.GetProperty("emailAddress").GetString());
        await site.Put("/__sim/settings", new { tokens = new { apiToken = "another" } });
        Assert.Equal(401, (await site.Get("/rest/api/3/myself")).Status);
    }
}
