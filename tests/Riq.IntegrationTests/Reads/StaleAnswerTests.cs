using Microsoft.AspNetCore.Builder;
using Riq.Contracts;
using Riq.IntegrationTests.Cluster;
using Riq.IntegrationTests.Gate;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Reads;

/// <summary>Who says <c>stale_if_error</c> gets an older answer in place of an error; nobody else does, and it is never one that a write has changed.</summary>
public sealed class StaleAnswerTests
{
    static readonly object AnHour = new { stale_if_error = 3600 };
    static readonly object AnHourAndNoRetry = new { stale_if_error = 3600, max_retries = 0 };

    [Fact]
    public async Task When_the_service_fails_the_older_answer_is_the_result_and_says_that_it_is_old()
    {
        await using var riq = await RiqCluster.Start();
        var items = new Items(riq.Service);
        await riq.Api.Change("a", 7);
        await riq.Api.Read();
        var readAt = await Age(riq, seconds: 100);
        Fail(riq);

        var end = await riq.Api.End((await riq.Api.Ask(more: AnHour)).Token());

        Assert.Equal(("completed", true, true, 7), (end.Status(), end.GetProperty("stale").GetBoolean(), end.GetProperty("cached").GetBoolean(), end.GetProperty("result").Number()));
        Assert.Equal(readAt, end.GetProperty("cached_at").GetDateTime(), TimeSpan.FromMilliseconds(1));
        var detail = await riq.Api.Detail(end.Token());
        Assert.Equal("SERVICE_UNAVAILABLE", detail.GetProperty("attempt_list")[0].GetProperty("error").GetProperty("code").GetString());
        Assert.Contains("answered_stale", detail.GetProperty("timeline").EnumerateArray().Select(t => t.GetProperty("event").GetString()));
        // It was not kept as if it were new.
        Assert.Equal("queued", (await riq.Api.Ask(more: new { max_retries = 0 })).Status());
    }

    [Fact]
    public async Task Nobody_gets_one_without_asking_and_nobody_an_older_one_than_he_has_asked_for()
    {
        await using var riq = await RiqCluster.Start();
        await riq.Api.Read();
        await Age(riq, seconds: 100);
        Fail(riq);
        Assert.Equal("dead", (await riq.Api.End((await riq.Api.Ask(more: new { max_retries = 0 })).Token())).Status());
        Assert.Equal("dead", (await riq.Api.End((await riq.Api.Ask(more: new { max_retries = 0, stale_if_error = 60 })).Token())).Status());
        Assert.Equal("completed", (await riq.Api.End((await riq.Api.Ask(more: AnHourAndNoRetry)).Token())).Status());
    }

    [Theory]
    [InlineData(ErrorCodes.NotFound, 404, "failed"), InlineData(ErrorCodes.Forbidden, 403, "failed"), InlineData(ErrorCodes.Internal, null, "dead"), InlineData(ErrorCodes.Timeout, null, "completed")]
    public async Task Only_a_failure_of_the_service_is_replaced_and_not_what_it_has_answered(string code, int? status, string end)
    {
        await using var riq = await RiqCluster.Start();
        await riq.Api.Read();
        await Age(riq, seconds: 100);
        riq.Service.Answer = (_, _) => Task.FromResult(FakeService.Fail(code, status: status));
        Assert.Equal(end, (await riq.Api.End((await riq.Api.Ask(more: AnHourAndNoRetry)).Token())).Status());
    }

    [Fact]
    public async Task While_the_circuit_is_open_the_older_answer_comes_at_once_from_any_api_process()
    {
        await using var riq = await RiqCluster.Create();
        var worker = await riq.StartWorker();
        await riq.StartApi();
        var other = await riq.StartApi();
        await riq.Api.Read();
        await Age(riq, seconds: 100);
        Assert.Equal("queued", (await other.Ask("b", AnHour)).Status());
        await Open(riq, worker);

        var answer = await other.Ask(more: AnHour);

        Assert.Equal(("cached", true), (answer.Status(), answer.GetProperty("stale").GetBoolean()));
        var result = await riq.Api.Result(answer.Token());
        Assert.Equal(("completed", true), (result.Status(), result.GetProperty("stale").GetBoolean()));
        Assert.Equal("queued", (await other.Ask()).Status());
        Assert.Equal("queued", (await other.Ask(more: new { stale_if_error = 60 })).Status());
    }

    [Fact]
    public async Task A_read_that_waits_already_when_the_circuit_opens_is_answered_too()
    {
        await using var riq = await RiqCluster.Create();
        var worker = await riq.StartWorker();
        await riq.StartApi();
        await riq.Api.Read();
        await Age(riq, seconds: 100);
        await riq.Stop(worker);
        var (waiting, fresh, unwilling) = (await riq.Api.Ask(more: AnHour), await riq.Api.Ask(more: new { stale_if_error = 3600, fresh = true }), await riq.Api.Ask());
        Assert.Equal(("queued", "queued"), (waiting.Status(), fresh.Status()));
        await Open(riq);
        await riq.StartWorker("worker-2");

        foreach (var each in new[] { waiting, fresh }) Assert.True((await riq.Api.End(each.Token())).GetProperty("stale").GetBoolean());
        Assert.Equal("queued", await riq.Api.Status(unwilling.Token()));
        Assert.Single(riq.Service.Calls);
    }

    [Fact]
    public async Task What_a_write_has_changed_is_never_an_answer_again()
    {
        await using var riq = await RiqCluster.Create();
        var worker = await riq.StartWorker();
        await riq.StartApi();
        var items = new Items(riq.Service);
        await riq.Api.Read();
        await riq.Api.Read("unchanged");
        await riq.Api.Change("a", 5);
        // However old it makes itself look.
        await riq.Database.Execute("update read_cache set expires_at = now() - interval '1 second'");
        Fail(riq);
        Assert.Equal("dead", (await riq.Api.End((await riq.Api.Ask(more: AnHourAndNoRetry)).Token())).Status());
        await Open(riq, worker);
        var waiting = await riq.Api.Ask(more: AnHour);
        Assert.Equal("queued", waiting.Status());
        // A sweep that answers this one has seen the other too.
        var unchanged = await riq.Api.Ask("unchanged", new { stale_if_error = 3600, fresh = true });
        Assert.True((await riq.Api.End(unchanged.Token())).GetProperty("stale").GetBoolean());
        Assert.Equal("queued", await riq.Api.Status(waiting.Token()));
    }

    [Fact]
    public async Task What_was_read_with_the_account_before_is_no_answer_once_a_new_grant_is_entered()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Services:fake:Auth:Type", "bearer").With("Services:fake:Auth:Secret", "old").With("Encryption:Current", "k1").With("Encryption:Keys:k1", Convert.ToBase64String(new byte[32]));
        var worker = await riq.StartWorker();
        await riq.StartApi();
        var other = await riq.StartApi();
        await riq.Api.Read();
        Assert.Equal("cached", (await other.Ask(more: AnHour)).Status());

        Assert.True((await riq.Api.Post("/api/queue/services/fake/grant", new { secret = "new" })).IsSuccessStatusCode);

        await Open(riq, worker);
        foreach (var api in new[] { riq.Api, other }) Assert.Equal("queued", (await api.Ask(more: AnHour)).Status());
    }

    [Fact]
    public async Task Another_credential_has_other_answers_also_when_the_service_fails()
    {
        await using var riq = await RiqCluster.Start();
        await riq.Api.Read();
        await Age(riq, seconds: 100);
        await Open(riq);
        riq.With("Services:fake:Auth:Type", "bearer").With("Services:fake:Auth:Secret", "another");
        var other = await riq.StartApi();
        Assert.Equal("queued", (await other.Ask(more: AnHour)).Status());
        Assert.Equal("cached", (await riq.Api.Ask(more: AnHour)).Status());
    }

    [Fact]
    public async Task A_shared_failure_is_replaced_for_those_who_have_asked_for_it()
    {
        await using var riq = await RiqCluster.Start();
        await riq.Api.Read();
        await Age(riq, seconds: 100);
        var (arrived, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        riq.Service.Answer = async (_, _) => { arrived.TrySetResult(); await release.Task; return FakeService.Fail(ErrorCodes.ServiceUnavailable, status: 503); };
        var first = await riq.Api.Ask(more: new { max_retries = 0 });
        await arrived.Task;
        var (willing, unwilling) = (await riq.Api.Ask(more: AnHourAndNoRetry), await riq.Api.Ask(more: new { max_retries = 0 }));
        await Eventually.True(async () => (await riq.Api.Result(willing.Token())).GetProperty("deferrals").GetInt32() >= 1 && (await riq.Api.Result(unwilling.Token())).GetProperty("deferrals").GetInt32() >= 1);
        release.SetResult();
        Assert.True((await riq.Api.End(willing.Token())).GetProperty("stale").GetBoolean());
        Assert.Equal(("dead", "dead"), ((await riq.Api.End(first.Token())).Status(), (await riq.Api.End(unwilling.Token())).Status()));
    }

    [Fact]
    public async Task What_has_expired_is_kept_as_long_as_is_set_and_so_long_are_the_changes_remembered()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Cache:KeepStale", "01:00:00");
        await riq.StartWorker();
        await riq.StartApi();
        var items = new Items(riq.Service);
        await riq.Api.Read("kept");
        await riq.Api.Read("gone");
        await riq.Api.Change("a", 1);
        await riq.Api.Change("b", 1);
        await riq.Database.Execute("update read_cache set expires_at = now() - interval '59 minutes'");
        await riq.Database.Execute("update read_cache set expires_at = now() - interval '61 minutes' where key = (select cache_key from queue_requests where payload->>'text' = 'gone' limit 1)");
        await riq.Database.Execute("update cache_tags set changed_at = now() - interval '70 minutes' where tag = 'fake:item:a'");
        await riq.Database.Execute("update cache_tags set changed_at = now() - interval '90 minutes' where tag = 'fake:item:b'");
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from read_cache") == 1 && await riq.Database.Scalar<long>("select count(*) from cache_tags") == 1);
        // Whatever took those has seen these.
        Assert.Equal(1, await riq.Database.Scalar<long>("select count(*) from read_cache where expires_at > now() - interval '61 minutes'"));
        Assert.Equal(1, await riq.Database.Scalar<long>("select count(*) from cache_tags where tag = 'fake:item:a'"));
    }

    static void Fail(RiqCluster riq) => riq.Service.Answer = (_, _) => Task.FromResult(FakeService.Fail(ErrorCodes.ServiceUnavailable, status: 503));

    /// <summary>Opens the circuit, and waits until the worker has heard of it: from then on nothing is called.</summary>
    static async Task Open(RiqCluster riq, WebApplication? worker = null)
    {
        await riq.Post("circuit", new { state = "open" });
        if (worker is not null) await Eventually.True(() => worker.Knows() is { IsBlocked: true });
    }

    /// <summary>Makes what is kept so old, and expired; returns when it was read then.</summary>
    static async Task<DateTime> Age(RiqCluster riq, int seconds)
    {
        await riq.Database.Execute($"update read_cache set read_at = now() - interval '{seconds} seconds', expires_at = now() - interval '1 second'");
        return await riq.Database.Scalar<DateTime>("select max(read_at) from read_cache");
    }
}
