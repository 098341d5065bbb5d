using Prometheus;
using Riq.Contracts;
using Riq.Engine.Tokens;

namespace Riq.IntegrationTests.Tokens;

/// <summary>Credentials that the service does not take: one alert, everything waits, a new grant or a probe ends it.</summary>
public sealed class ReauthTests
{
    const string Service = Managers.Service;

    static async Task RevokeFamily(Managers m)
    {
        await m.Site.Post("/oauth/token", Refresh("simulated-refresh-token"));
        await m.Site.Post("/__sim/clock/advance", new { seconds = 601 });
        Assert.Equal(403, (await m.Site.Post("/oauth/token", Refresh("simulated-refresh-token"))).Status);

        static object Refresh(string token) => new { grant_type = "refresh_token", client_id = "c", client_secret = "s", refresh_token = token };
    }

    [Fact]
    public async Task A_revoked_family_is_one_alert_and_a_new_grant_is_known_to_all_processes_at_once()
    {
        await using var m = await Managers.Start(8);
        await RevokeFamily(m);
        foreach (var manager in m.All)
        {
            var unavailable = await Assert.ThrowsAsync<CredentialUnavailableException>(() => m.Call(manager));
            Assert.InRange(unavailable.RetryAfter, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        }
        Assert.Equal(("needs_reauth", 1), (await m.State(), m.Alerts));
        foreach (var manager in m.All) await manager.Watch(default);
        Assert.All(m.All, x => Assert.Equal([Service], x.NeedingReauth));

        await m.All[0].Replace(Service, null, await m.NewRefreshToken(), "anna", default);
        foreach (var manager in m.All) Assert.Equal(200, await m.Call(manager));
        foreach (var manager in m.All) await manager.Watch(default);
        Assert.Equal(("ok", 1), (await m.State(), m.Alerts));
        Assert.All(m.All, x => Assert.Empty(x.NeedingReauth));
    }

    [Fact]
    public async Task An_access_token_that_is_refused_before_its_end_is_renewed_once_by_all()
    {
        await using var m = await Managers.Start(4);
        var headers = await Task.WhenAll(m.All.Select(async x => (await x.Authorization(Service, default))!));
        var refusals = await Task.WhenAll(m.All.Select((x, i) => Task.Run(async () => await x.Refused(Service, headers[i], again: false, default))));
        Assert.All(refusals, r => Assert.True(r.HasAnother));
        foreach (var manager in m.All) Assert.Equal(200, await m.Call(manager));
        Assert.InRange(await m.Refreshes(), 2, 2);
        Assert.Equal(("ok", 3L), (await m.State(), await m.Generation()));
    }

    [Fact]
    public async Task A_renewed_token_that_is_refused_too_needs_a_new_grant()
    {
        await using var m = await Managers.Start(1);
        var manager = m.All[0];
        Assert.True((await manager.Refused(Service, (await manager.Authorization(Service, default))!, again: false, default)).HasAnother);
        var final = await manager.Refused(Service, (await manager.Authorization(Service, default))!, again: true, default);
        Assert.False(final.HasAnother);
        Assert.NotNull(final.RetryAfter);
        Assert.Equal(("needs_reauth", 1), (await m.State(), m.Alerts));
        await Assert.ThrowsAsync<CredentialUnavailableException>(() => m.Call(manager));
    }

    static Task<Managers> Static(int count, TimeSpan probe, bool encrypted = true) => Managers.Start(count, AuthSettings.ApiToken, encrypted: encrypted, settings: ["--Simulator:Tokens:ApiTokenEnforced=true", "--Simulator:Tokens:ApiToken=canary-new"],
        change: auth => (auth.User, auth.Secret, auth.ClientId, auth.ClientSecret, auth.ProbeInterval) = ("riq@example.com", "canary-old", "", "", probe));

    static async Task<CredentialRefusal> Refuse(Managers m, TokenManager manager)
    {
        var header = (await manager.Authorization(Service, default))!;
        Assert.Equal(401, await m.Call(header));
        return await manager.Refused(Service, header, again: false, default);
    }

    [Fact]
    public async Task A_static_credential_that_is_refused_waits_for_a_new_one_with_one_alert()
    {
        await using var m = await Static(3, TimeSpan.FromMinutes(1));
        foreach (var manager in m.All) Assert.False((await Refuse(m, manager)).HasAnother);
        foreach (var manager in m.All) await Assert.ThrowsAsync<CredentialUnavailableException>(() => m.Call(manager));
        Assert.Equal(("needs_reauth", 1), (await m.State(), m.Alerts));

        await m.All[0].Replace(Service, "riq@example.com:canary-new", null, "anna", default);
        foreach (var manager in m.All) Assert.Equal(200, await m.Call(manager));
        using var restarted = m.Add();
        Assert.Equal(200, await m.Call(restarted));
    }

    [Fact]
    public async Task A_probe_that_is_taken_ends_the_wait()
    {
        await using var m = await Static(1, TimeSpan.FromSeconds(3));
        var manager = m.All[0];
        await Refuse(m, manager);
        await m.Site.Put("/__sim/settings", new { tokens = new { apiToken = "canary-old" } });
        var probe = await TestKit.Waiting.Eventually.Value(() => Try(manager), h => h is not null);
        Assert.Null(await Try(manager));   // one at a time
        Assert.Equal(200, await m.Call(probe!));
        manager.Accepted(Service, probe!);
        await TestKit.Waiting.Eventually.True(async () => await m.State() == "ok");
        Assert.Equal(200, await m.Call(manager));
        Assert.Equal(1, m.Alerts);
    }

    [Fact]
    public async Task A_changed_configuration_counts_as_a_new_credential()
    {
        await using var m = await Static(1, TimeSpan.FromMinutes(1));
        await Refuse(m, m.All[0]);
        m.Auth.Secret = "canary-new";
        using var restarted = m.Add();
        Assert.Equal(200, await m.Call(restarted));
        Assert.Equal("ok", await m.State());
    }

    [Fact]
    public async Task A_refused_app_is_one_alert_and_one_try_at_a_time_also_where_each_process_has_tokens_of_its_own()
    {
        await using var m = await Managers.Start(3, AuthSettings.OAuthClient, encrypted: false);
        await m.Site.Fault(new { route = "/oauth/token", action = "deny-scope" });
        foreach (var manager in m.All) Assert.True((await Assert.ThrowsAsync<CredentialUnavailableException>(() => m.Call(manager))).Refused);
        Assert.Equal(("needs_reauth", 1), (await m.State(), m.Alerts));
        await m.Site.Delete("/__sim/faults");
        foreach (var manager in m.All) await Assert.ThrowsAsync<CredentialUnavailableException>(() => m.Call(manager));

        await m.Database.Execute("update service_grants set lease_until = now()");
        var turns = await Task.WhenAll(m.All.Select(x => x.BeginTry(Service, default)));
        Assert.Equal([false, false, true], turns.Order());
        var chosen = m.All[Array.IndexOf(turns, true)];
        var probe = (await chosen.Authorization(Service, default))!;
        Assert.Equal(200, await m.Call(probe));
        chosen.Accepted(Service, probe);
        await TestKit.Waiting.Eventually.True(async () => await m.State() == "ok");
        foreach (var manager in m.All) await manager.Watch(default);
        foreach (var manager in m.All) Assert.Equal(200, await m.Call(manager));
        Assert.All(m.All, x => Assert.Empty(x.NeedingReauth));
        Assert.Equal(1, m.Alerts);
    }

    [Fact]
    public async Task A_process_with_an_older_configuration_does_not_speak_for_the_newer_credential()
    {
        await using var m = await Static(1, TimeSpan.FromMinutes(1));
        var old = m.All[0];
        Assert.Equal(401, await m.Call((await old.Authorization(Service, default))!));
        await m.Store.BeginWith(Service, new() { Type = AuthSettings.ApiToken, User = "riq@example.com", Secret = "canary-new" }, default);
        await old.Watch(default);
        Assert.False((await Refuse(m, old)).HasAnother);
        Assert.Equal("ok", await m.State());
    }

    [Theory]
    [InlineData(-5, true), InlineData(3600, false)]
    public async Task A_static_credential_ends_when_the_operator_has_said_so(double seconds, bool ended)
    {
        await using var m = await Static(1, TimeSpan.FromMinutes(1));
        m.Auth.ExpiresAt = TimeProvider.System.GetUtcNow().AddSeconds(seconds);
        using var manager = m.Add();
        Assert.Equal(ended, manager.HasEnded(Service, (await manager.Authorization(Service, default))!));
        await manager.Replace(Service, "riq@example.com:canary-new", null, "anna", default, TimeProvider.System.GetUtcNow().AddSeconds(-seconds));
        Assert.Equal(!ended, manager.HasEnded(Service, (await manager.Authorization(Service, default))!));
    }

    [Fact]
    public async Task An_access_token_has_ended_when_its_stored_life_is_over()
    {
        await using var m = await Managers.Start(1, settings: "--Simulator:Tokens:AccessTokenTtl=00:00:03");
        var header = (await m.All[0].Authorization(Service, default))!;
        Assert.False(m.All[0].HasEnded(Service, header));
        await TestKit.Waiting.Eventually.True(() => m.All[0].HasEnded(Service, header));
        Assert.True((await m.All[0].Refused(Service, header, again: false, default)).HasAnother);
        Assert.Equal(200, await m.Call(m.All[0]));
    }

    [Fact]
    public async Task No_token_stands_in_the_table_the_log_or_the_metrics()
    {
        await using var m = await Managers.Start(1);
        var manager = m.All[0];
        var refresh = await m.NewRefreshToken();
        await manager.Replace(Service, null, refresh, "anna", default);
        var access = (await manager.Authorization(Service, default))!.Parameter!;
        await m.Site.Fault(new { route = "/oauth/token", action = "commit-then-reset" });
        await manager.Refused(Service, (await manager.Authorization(Service, default))!, again: false, default);
        await manager.Watch(default);

        using var page = new MemoryStream();
        await Metrics.DefaultRegistry.CollectAndExportAsTextAsync(page, default);
        var table = await m.Database.List("select encode(access_token, 'escape') || encode(refresh_token, 'escape') || to_jsonb(g)::text from service_grants g", r => r.GetString(0));
        string[] shown = [.. table, .. m.Log.Select(l => l.Text), System.Text.Encoding.UTF8.GetString(page.ToArray())];
        Assert.NotEmpty(table);
        Assert.NotEmpty(m.Log);
        foreach (var secret in new[] { access, refresh, Managers.ClientSecret, "simulated-refresh-token" })
            Assert.All(shown, text => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
        Assert.Contains("riq_token_refreshes_total{service=\"jira\",outcome=\"lost\"}", shown[^1], StringComparison.Ordinal);
    }

    static async Task<System.Net.Http.Headers.AuthenticationHeaderValue?> Try(TokenManager manager)
    {
        try { return await manager.Authorization(Service, default); }
        catch (CredentialUnavailableException) { return null; }
    }
}
