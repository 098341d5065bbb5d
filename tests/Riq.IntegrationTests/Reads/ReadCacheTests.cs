using System.Text.Json;
using Riq.Contracts;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Reads;

/// <summary>Answers are kept for equal reads, in all API processes, and never longer than they are right.</summary>
public sealed class ReadCacheTests
{
    [Fact]
    public async Task The_second_read_is_answered_at_once_by_any_api_process_and_its_token_resolves()
    {
        await using var riq = await RiqCluster.Start();
        var other = await riq.StartApi();
        var items = new Items(riq.Service);
        await riq.Api.Change("a", 7);
        Assert.Equal(7, (await riq.Api.Read()).Number());

        var answer = await other.Ask();

        Assert.Equal("cached", answer.Status());
        Assert.Equal(7, answer.GetProperty("result").Number());
        Assert.Equal(300, answer.GetProperty("cache_ttl").GetDouble());
        var age = TimeProvider.System.GetUtcNow() - answer.GetProperty("cached_at").GetDateTimeOffset();
        Assert.InRange(age, TimeSpan.FromSeconds(-1), TimeSpan.FromSeconds(30));
        var result = await riq.Api.Result(answer.Token());
        Assert.Equal(("completed", true, 0), (result.Status(), result.GetProperty("cached").GetBoolean(), result.GetProperty("attempts").GetInt32()));
        Assert.Equal(answer.GetProperty("cached_at").GetString(), result.GetProperty("cached_at").GetString());
        Assert.Equal("answered_from_cache", (await riq.Api.Detail(answer.Token())).GetProperty("timeline")[0].GetProperty("event").GetString());
        Assert.Single(riq.Service.Calls, c => c.Operation.Name == "fake.get");
        Assert.Equal("cached", (await RiqApi.Json(await other.Post("/api/queue/submit/batch", new { items = new[] { new { operation = "fake.get", payload = new { text = "a" } } } }))).GetProperty("items")[0].Status());
    }

    [Fact]
    public async Task Another_question_and_a_fresh_read_ask_the_service_and_the_fresh_answer_is_kept()
    {
        await using var riq = await RiqCluster.Start();
        var items = new Items(riq.Service);
        await riq.Api.Read();
        await riq.Api.Read("b");
        Assert.Equal("queued", (await riq.Api.Ask("b", new { payload = new { text = "b", number = 1 } })).Status());
        await Eventually.True(() => riq.Service.Calls.Count == 3);

        var fresh = await riq.Api.Ask(more: new { fresh = true });
        Assert.Equal("queued", fresh.Status());
        await riq.Api.End(fresh.Token());
        Assert.Equal(4, riq.Service.Calls.Count);
        var kept = await riq.Api.Ask();
        Assert.Equal("cached", kept.Status());
        Assert.True(kept.GetProperty("cached_at").GetDateTimeOffset() >= fresh.GetProperty("token").GetString() switch
        {
            var token => (await riq.Api.Result(token!)).GetProperty("started_at").GetDateTimeOffset(),
        });
    }

    [Fact]
    public async Task A_key_is_one_request_also_when_the_answer_is_there()
    {
        await using var riq = await RiqCluster.Start();
        var items = new Items(riq.Service);
        var first = await riq.Api.Ask(more: new { idempotency_key = "k" });
        await riq.Api.End(first.Token());
        Assert.Equal((first.Token(), "completed"), ((await riq.Api.Ask(more: new { idempotency_key = "k" })).Token(), (await riq.Api.Ask(more: new { idempotency_key = "k" })).Status()));
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => riq.Api.Ask(more: new { idempotency_key = "l" })));
        Assert.Single(answers.Select(a => a.Token()).Distinct());
        Assert.Equal(2, await riq.Database.Scalar<long>("select count(*) from queue_requests"));
        Assert.Single(riq.Service.Calls);
    }

    [Fact]
    public async Task An_answer_that_overlapped_a_change_is_not_kept_whichever_of_them_ends_first()
    {
        await using var riq = await RiqCluster.Start();
        var held = new HeldCalls(riq.Service, c => c.Operation.Name == "fake.get");
        var slow = await riq.Api.Ask();
        await Eventually.True(() => held.Arrived == 1);
        await riq.Api.Change("a", 1);
        held.Release();
        await riq.Api.End(slow.Token());
        Assert.Equal("queued", (await riq.Api.Ask()).Status());
    }

    [Fact]
    public async Task Nobody_sees_a_change_completed_before_its_tags_are_changed()
    {
        await using var riq = await RiqCluster.Start();
        var items = new Items(riq.Service);
        await riq.Api.Change("a", 1);
        await riq.Api.Read();
        await using var connection = new Npgsql.NpgsqlConnection(riq.Database.ConnectionString);
        await connection.OpenAsync();
        await using var holding = await connection.BeginTransactionAsync();
        await using (var hold = new Npgsql.NpgsqlCommand("select from cache_tags for update", connection, holding)) await hold.ExecuteNonQueryAsync();

        var change = await riq.Api.Submit("fake.change", more: new { payload = new { text = "a", number = 2 } });
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") > 0);
        Assert.Equal(2, items.Of("a"));   // it was carried out, and waits for the tags
        Assert.Equal("processing", await riq.Api.Status(change));
        Assert.Equal(1, (await riq.Api.Read()).Number());

        await holding.RollbackAsync();
        Assert.Equal("completed", (await riq.Api.End(change)).Status());
        Assert.Equal(2, (await riq.Api.Read()).Number());
    }

    [Fact]
    public async Task Also_a_change_that_failed_or_whose_answer_was_lost_makes_answers_void()
    {
        await using var riq = await RiqCluster.Start();
        foreach (var unclear in new[] { true, false })
        {
            var items = new Items(riq.Service);
            var item = unclear ? "unclear" : "failed";
            await riq.Api.Read(item);
            Assert.Equal("cached", (await riq.Api.Ask(item)).Status());
            riq.Service.Answer = (_, _) => Task.FromResult(FakeService.Fail(unclear ? ErrorCodes.Timeout : ErrorCodes.Forbidden, unclear: unclear));
            var change = await riq.Api.Submit("fake.change", item, new { max_retries = 0 });
            await riq.Api.End(change);
            Assert.Equal("queued", (await riq.Api.Ask(item)).Status());
        }
    }

    [Fact]
    public async Task What_an_answer_says_of_itself_counts_too()
    {
        await using var riq = await RiqCluster.Start();
        riq.Service.Answer = (_, _) => Task.FromResult(AdapterResult<JsonElement>.Ok(JsonSerializer.SerializeToElement(new { also = "MD-1" })));
        await riq.Api.Read("10001");
        Assert.Equal("cached", (await riq.Api.Ask("10001")).Status());
        await riq.Api.End(await riq.Api.Submit("fake.change", "MD-1"));
        Assert.Equal("queued", (await riq.Api.Ask("10001")).Status());
    }

    [Fact]
    public async Task An_error_is_not_kept_and_too_long_an_answer_neither()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Cache:MaxEntryBytes", 100);
        await riq.StartWorker();
        await riq.StartApi();
        riq.Service.Answer = (_, _) => Task.FromResult(FakeService.Fail(ErrorCodes.NotFound));
        await riq.Api.End((await riq.Api.Ask()).Token());
        Assert.Equal("queued", (await riq.Api.Ask()).Status());
        riq.Service.Answer = (_, _) => Task.FromResult(AdapterResult<JsonElement>.Ok(JsonSerializer.SerializeToElement(new string('x', 101))));
        await riq.Api.End((await riq.Api.Ask("long")).Token());
        Assert.Equal("queued", (await riq.Api.Ask("long")).Status());
    }

    [Fact]
    public async Task Turned_off_by_setting_nothing_is_kept()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Services:fake:Cache:Ttl:get", "00:00:00");
        await riq.StartWorker();
        await riq.StartApi();
        await riq.Api.End((await riq.Api.Ask()).Token());
        Assert.Equal("queued", (await riq.Api.Ask()).Status());
        Assert.Equal(0, await riq.Database.Scalar<long>("select count(*) from read_cache"));
    }

    [Fact]
    public async Task Another_credential_gets_other_answers()
    {
        await using var riq = await RiqCluster.Start();
        await riq.Api.Read();
        riq.With("Services:fake:Auth:Type", "bearer").With("Services:fake:Auth:Secret", "another");
        var other = await riq.StartApi();
        Assert.Equal("queued", (await other.Ask()).Status());
    }

    [Fact]
    public async Task What_has_expired_goes_and_the_bounds_of_rows_and_bytes_hold()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Cache:MaxEntries", 10).With("Cache:KeepStale", "00:00:00").With("Services:fake:Cache:Ttl:get", "00:00:30");
        await riq.StartWorker();
        await riq.StartApi();
        for (var i = 0; i < 15; i++) await riq.Api.Read($"item {i}");
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from read_cache") == 10);
        Assert.Equal("queued", (await riq.Api.Ask("item 0")).Status());   // the oldest went
        Assert.Equal("cached", (await riq.Api.Ask("item 14")).Status());
        await riq.Database.Execute("update read_cache set bytes = 200000000");
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from read_cache") <= 2);
        await riq.Database.Execute("update read_cache set expires_at = now() - interval '1 second'");
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from read_cache") == 0);
        await riq.Api.Change("a", 1);
        await riq.Database.Execute("update cache_tags set changed_at = now() - interval '1 hour'");
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from cache_tags") == 0);
    }
}
