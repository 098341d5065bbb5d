using Riq.Contracts;
using Riq.Engine.Tokens;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Tokens;

/// <summary>Rotating refresh tokens in many processes: one refresh per expiry, and none is ever lost.</summary>
public sealed class RefreshTests
{
    const string OneRefresh = "one_refresh_per_expiry";

    static async Task AssertNoWaste(Managers m) => Assert.True((await m.Site.Assertion(OneRefresh)).GetProperty("ok").GetBoolean());

    [Fact]
    public async Task Eight_processes_on_one_expiring_grant_refresh_it_once_per_expiry_and_nobody_fails()
    {
        await using var m = await Managers.Start(8, settings: "--Simulator:Tokens:AccessTokenTtl=00:00:08");
        var ended = false;
        var calls = m.All.Select(manager => Task.Run(async () =>
        {
            var statuses = new HashSet<int>();
            while (!Volatile.Read(ref ended)) statuses.Add(await m.Call(manager));
            return statuses;
        })).ToArray();
        await Eventually.True(async () => await m.Generation() >= 4);
        Volatile.Write(ref ended, true);
        Assert.All(await Task.WhenAll(calls), statuses => Assert.Equal([200], statuses));
        Assert.Equal(await m.Generation() - 1, await m.Refreshes());
        await AssertNoWaste(m);
    }

    [Fact]
    public async Task A_first_use_by_all_at_once_is_one_refresh()
    {
        await using var m = await Managers.Start(8);
        var calls = await Task.WhenAll(m.All.SelectMany(x => Enumerable.Repeat(x, 10)).Select(x => Task.Run(() => m.Call(x))));
        Assert.All(calls, status => Assert.Equal(200, status));
        Assert.Equal((2L, 1), (await m.Generation(), await m.Refreshes()));
    }

    [Theory]
    [InlineData("commit-then-hang"), InlineData("commit-then-reset"), InlineData("commit-then-5xx"), InlineData("truncate"), InlineData("html-body")]
    public async Task A_lost_answer_is_asked_for_again_with_the_same_refresh_token_and_nobody_fails(string fault)
    {
        // A busy machine must not make a slow answer a lost one, unless it is to be lost.
        await using var m = await Managers.Start(8, change: auth => auth.RefreshTimeout = TimeSpan.FromSeconds(fault == "commit-then-hang" ? 2 : 10));
        await m.Site.Fault(new { route = "/oauth/token", action = fault, times = 1 });
        Assert.All(await Task.WhenAll(m.All.Select(x => Task.Run(() => m.Call(x)))), status => Assert.Equal(200, status));
        Assert.Equal((2L, 2), (await m.Generation(), await m.Refreshes()));
        Assert.Equal("ok", await m.State());
        Assert.True(await m.Database.Scalar<bool>("select spend_started_at is null and lease_id is null from service_grants"));
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public async Task A_process_killed_between_spending_and_storing_is_recovered_from(bool spent)
    {
        await using var m = await Managers.Start(2);
        await m.Store.BeginWith(Managers.Service, m.Auth, default);
        var (turn, row) = await m.Store.BeginSpending(Managers.Service, Guid.NewGuid(), TimeSpan.FromMinutes(1), default);
        Assert.Equal(Turn.Mine, turn);
        Assert.True(await m.Database.Scalar<bool>("select spend_started_at is not null from service_grants"));
        if (spent) Assert.NotNull((await m.Endpoint.Ask(m.Auth, row.Refresh, default)).Tokens);
        var call = Task.Run(() => m.Call(m.All[0]));
        Assert.Equal(Turn.Busy, (await m.Store.BeginSpending(Managers.Service, Guid.NewGuid(), TimeSpan.FromMinutes(1), default)).Turn);
        await m.Database.Execute("update service_grants set lease_until = now()");
        Assert.Equal(200, await call);
        Assert.Equal(200, await m.Call(m.All[1]));
        Assert.Equal(("ok", 2L, spent ? 2 : 1), (await m.State(), await m.Generation(), await m.Refreshes()));
    }

    [Fact]
    public async Task An_answer_that_comes_after_another_process_has_taken_over_is_dropped()
    {
        await using var m = await Managers.Start(1);
        await m.Store.BeginWith(Managers.Service, m.Auth, default);
        var late = Guid.NewGuid();
        var (_, row) = await m.Store.BeginSpending(Managers.Service, late, TimeSpan.FromMinutes(1), default);
        var answer = await m.Endpoint.Ask(m.Auth, row.Refresh, default);
        await m.Database.Execute("update service_grants set lease_until = now()");
        Assert.Equal(200, await m.Call(m.All[0]));
        Assert.False(await m.Store.Store(Managers.Service, row.Generation, late, answer.Tokens!, TimeSpan.FromMinutes(50), TimeSpan.FromMinutes(1)));
        var now = await m.Store.Read(Managers.Service, default);
        Assert.Equal(2, now!.Generation);
        Assert.NotEqual(answer.Tokens!.Access, now.Access);
    }

    [Fact]
    public async Task While_one_process_spends_the_others_use_the_token_that_is_still_valid()
    {
        await using var m = await Managers.Start(2);
        Assert.Equal(200, await m.Call(m.All[0]));
        await m.Database.Execute("update service_grants set refresh_at = now()");
        Assert.Equal(Turn.Mine, (await m.Store.BeginSpending(Managers.Service, Guid.NewGuid(), TimeSpan.FromMinutes(1), default)).Turn);
        Assert.Equal(200, await m.Call(m.All[1]));
        Assert.Equal(1, await m.Refreshes());
    }

    [Fact]
    public async Task A_token_endpoint_that_is_away_costs_nothing_while_the_token_is_valid()
    {
        await using var m = await Managers.Start(1);
        Assert.Equal(200, await m.Call(m.All[0]));
        await m.Database.Execute("update service_grants set refresh_at = now()");
        using var again = m.Add();
        await m.Site.Fault(new { route = "/oauth/token", action = "503" });
        Assert.Equal(200, await m.Call(again));
        await m.Database.Execute("update service_grants set expires_at = now(), lease_until = null");
        using var late = m.Add();
        var away = await Assert.ThrowsAsync<CredentialUnavailableException>(() => m.Call(late));
        Assert.InRange(away.RetryAfter, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(10));
        Assert.Equal(("ok", 0), (await m.State(), m.Alerts));
    }

    [Fact]
    public async Task A_redirect_of_the_token_endpoint_is_not_followed()
    {
        await using var site = await Adapters.FakeService.Start();
        site.On("POST", "/moved", 307, "", ("Location", "/token")).On("POST", "/token", 200, """{"access_token":"stolen"}""");
        await using var m = await Managers.Start(1, change: auth => auth.TokenUrl = site.Url + "/moved");
        await Assert.ThrowsAsync<CredentialUnavailableException>(() => m.Call(m.All[0]));
        Assert.All(site.Calls, c => Assert.Equal("/moved", c.Path));
    }

    [Fact]
    public async Task An_endless_answer_of_the_token_endpoint_is_not_read()
    {
        await using var site = await Adapters.FakeService.Start();
        site.On("POST", "/token", 200, $$"""{"access_token":"a","filler":"{{new string('x', 200_000)}}"}""");
        await using var m = await Managers.Start(1, change: auth => auth.TokenUrl = site.Url + "/token");
        await Assert.ThrowsAsync<CredentialUnavailableException>(() => m.Call(m.All[0]));
    }

    [Theory]
    [InlineData(true, 1), InlineData(false, 2)]
    public async Task Client_credentials_are_shared_with_keys_and_each_process_s_own_without(bool encrypted, int asked)
    {
        await using var m = await Managers.Start(2, AuthSettings.OAuthClient, encrypted: encrypted);
        foreach (var manager in m.All.Concat(m.All)) Assert.Equal(200, await m.Call(manager));
        Assert.Equal(asked, await m.Refreshes());
    }
}
