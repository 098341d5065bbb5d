using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Riq.Contracts;
using Riq.Engine.Execution;
using Riq.IntegrationTests.Cluster;
using Riq.IntegrationTests.Reads;
using Riq.TestKit.Servers;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Execution;

/// <summary>Requests that wait for the same kind of call go together, and each remains a request of its own.</summary>
public sealed class BatchTests
{
    /// <summary>A cluster without workers in which these wait already, and their tokens.</summary>
    static async Task<(RiqCluster Riq, string[] Tokens)> Waiting(string operation, int count, int concurrency = 5, Func<int, string>? priority = null, Func<int, string>? text = null)
    {
        var riq = await RiqCluster.Create();
        riq.With("Services:fake:Concurrency", concurrency);
        await riq.StartApi();
        using var answer = await riq.Api.Post("/api/queue/submit/batch", new
        {
            items = Enumerable.Range(0, count).Select(n => new { operation, payload = new { text = text?.Invoke(n) ?? $"item {n}" }, priority = priority?.Invoke(n) ?? "normal", max_retries = 0 }),
        });
        return (riq, [.. (await RiqApi.Json(answer)).GetProperty("items").EnumerateArray().Select(i => i.Token())]);
    }

    [Theory]
    [InlineData("fake.add", 240, 6)]
    [InlineData("fake.look", 240, 4)]
    public async Task Many_that_wait_are_few_calls_and_each_gets_its_own_result(string operation, int count, int mostCalls)
    {
        var (riq, tokens) = await Waiting(operation, count);
        await using var _ = riq;
        await riq.StartWorker();
        for (var i = 0; i < count; i++)
        {
            var end = await riq.Api.End(tokens[i]);
            Assert.Equal(("completed", $"item {i}"), (end.Status(), end.GetProperty("result").GetProperty("echo").GetString()));
        }
        Assert.Equal(count, riq.Service.Calls.Select(c => c.Marker).Distinct().Count());
        Assert.Equal(count, riq.Service.Calls.Count);
        var alone = count - riq.Service.Batches.Sum();
        Assert.InRange(riq.Service.Batches.Count + alone, 1, mostCalls);
        Assert.All(riq.Service.Batches, b => Assert.InRange(b, 2, operation == "fake.add" ? 50 : 100));
    }

    [Fact]
    public async Task The_urgent_ones_go_first_also_within_batches()
    {
        var (riq, tokens) = await Waiting("fake.add", 120, concurrency: 1, priority: n => n % 2 == 0 ? "low" : "high");
        await using var _ = riq;
        await riq.StartWorker();
        foreach (var token in tokens) await riq.Api.End(token);
        var high = tokens.Where((_, n) => n % 2 == 1).ToHashSet();
        // The very first one races for the empty gate; whoever goes along with it is urgent.
        Assert.True(riq.Service.Calls.Take(50).Count(c => high.Contains(c.Marker)) >= 49);
    }

    [Fact]
    public async Task A_bad_one_fails_alone()
    {
        var (riq, tokens) = await Waiting("fake.add", 60);
        await using var _ = riq;
        riq.Service.Answer = (call, _) => Task.FromResult(call.Payload.GetProperty("text").GetString() == "item 17" ? FakeService.Fail(ErrorCodes.ValidationError, status: 400) : FakeService.Ok(call.Payload));
        await riq.StartWorker();
        var ends = await Task.WhenAll(tokens.Select(t => riq.Api.End(t)));
        Assert.Equal(tokens[17], Assert.Single(ends, e => e.Status() == "failed").Token());
        Assert.All(ends, e => Assert.Equal(0, e.GetProperty("retry_count").GetInt32()));
        Assert.NotEmpty(riq.Service.Batches);
    }

    [Fact]
    public async Task When_nobody_knows_what_became_of_a_batch_each_effect_is_looked_for_by_itself()
    {
        var (riq, tokens) = await Waiting("fake.add", 40);
        await using var _ = riq;
        riq.Service.AnswerTogether = _ => Task.FromResult<AdapterError?>(new(ErrorCodes.Timeout, "No answer.") { Unclear = true });
        riq.Service.Search = (call, _) => Task.FromResult(FakeService.IsThere(call));
        await riq.StartWorker();
        var ends = await Task.WhenAll(tokens.Select(t => riq.Api.End(t)));
        Assert.All(ends, e => Assert.Equal("completed", e.Status()));
        Assert.Equal(riq.Service.Batches.Sum(), riq.Service.Searches.Select(s => s.Marker).Distinct().Count());
        Assert.Equal(40, riq.Service.Batches.Sum() + riq.Service.Calls.Count);
    }

    [Fact]
    public async Task Equal_reads_take_one_place_in_a_batch()
    {
        var (riq, tokens) = await Waiting("fake.look", 100, text: n => $"item {n % 10}");
        await using var _ = riq;
        await riq.StartWorker();
        foreach (var token in tokens) Assert.Equal("completed", (await riq.Api.End(token)).Status());
        Assert.Equal(10, riq.Service.Calls.Select(c => c.Payload.GetProperty("text").GetString()).Distinct().Count());
        Assert.Equal(10, riq.Service.Calls.Count);
        Assert.Empty(await riq.FaultQueues());
    }

    [Fact]
    public async Task Turned_off_by_setting_each_goes_alone()
    {
        var (riq, tokens) = await Waiting("fake.add", 20);
        await using var _ = riq;
        riq.With("Services:fake:Batch:add", 1);
        await riq.StartWorker();
        foreach (var token in tokens) await riq.Api.End(token);
        Assert.Empty(riq.Service.Batches);
    }

    [Fact]
    public async Task Several_workers_leave_each_other_full_calls()
    {
        var (riq, tokens) = await Waiting("fake.add", 240);
        await using var _ = riq;
        await Task.WhenAll(Enumerable.Range(1, 3).Select(n => riq.StartWorker($"worker-{n}")));
        foreach (var token in tokens) Assert.Equal("completed", (await riq.Api.End(token)).Status());
        Assert.Equal(240, riq.Service.Calls.Count);
        // Five would do. At the end each worker may hold one that came too late for the others' last call.
        Assert.InRange(riq.Service.Batches.Count + 240 - riq.Service.Batches.Sum(), 5, 8);
    }

    [Fact]
    public async Task In_the_place_of_those_that_somebody_else_has_locked_the_next_go_along()
    {
        var (riq, tokens) = await Waiting("fake.add", 120, concurrency: 1);
        await using var _ = riq;
        await using (await HeldLock.Take(riq.Database, "select 1 from queue_requests where token = any($1) for update", (object)tokens[10..40]))
        {
            await riq.StartWorker();
            await Eventually.True(() => riq.Service.Batches.Count > 0);
        }
        foreach (var token in tokens) await riq.Api.End(token);
        Assert.Equal(50, riq.Service.Batches.First());
        Assert.Equal(120, riq.Service.Calls.Count);
    }

    /// <summary>Each further question to Postgres is paid by every waiting client at a steady rate.</summary>
    [Theory]
    [InlineData(1, 1, false, false)]
    [InlineData(2, 2, true, false)]
    [InlineData(2, 3, true, true)]
    [InlineData(1, 2, true, true)]
    public async Task Others_are_asked_for_only_when_more_wait_than_are_claimed_together(int claimed, int waiting, bool goTogether, bool asks)
    {
        await using var riq = await RiqCluster.Create();
        riq.RabbitMq.Cut();
        await riq.StartApi();
        var claims = (await riq.StartWorker()).Services.GetRequiredService<ClaimStore>();
        var tokens = await Task.WhenAll(Enumerable.Range(0, waiting).Select(n => riq.Api.Submit("fake.add", text: $"item {n}")));

        var taken = await claims.Take([.. tokens.Take(claimed).Select(t => new Claim(Guid.ParseExact(t[4..], "N"), 1, Guid.CreateVersion7()))]);
        Assert.All(taken, r => Assert.Equal((goTogether, asks), (r!.BatchKey is not null, r.MoreWait)));
    }

    [Theory]
    [InlineData(3, new[] { 3 })]
    [InlineData(60, new[] { 50, 10 })]
    public async Task Those_that_are_claimed_together_are_one_call_or_as_few_as_hold_them(int claimed, int[] calls)
    {
        await using var riq = await RiqCluster.Create();
        riq.RabbitMq.Cut();
        await riq.StartApi();
        var worker = (await riq.StartWorker()).Services;
        var tokens = await Task.WhenAll(Enumerable.Range(0, claimed).Select(n => riq.Api.Submit("fake.add", text: $"item {n}")));
        var taken = await worker.GetRequiredService<ClaimStore>().Take([.. tokens.Select(t => new Claim(Guid.ParseExact(t[4..], "N"), 1, Guid.CreateVersion7()))]);

        var batches = worker.GetRequiredService<BatchedCalls>();
        var gathered = await Task.WhenAll(taken.Select(async r => await batches.Gather(r!, TimeProvider.System.GetTimestamp())));
        Assert.Equal(calls, gathered.Select(g => g.Requests.Length).Where(n => n > 0).OrderDescending());
        Assert.Equal(taken.Select(r => r!.Token).Order(), gathered.SelectMany(g => g.Requests).Select(r => r.Token).Order());
    }

    [Fact]
    public async Task Within_a_priority_clients_take_turns_also_within_a_call()
    {
        var (riq, tokens) = await Waiting("fake.add", 200, concurrency: 1);
        await using var _ = riq;
        var late = tokens[^5..];
        await riq.Database.Execute($"update queue_requests set client_id = 'late' where token in ({string.Join(", ", late.Select(t => $"'{t}'"))})");
        await riq.StartWorker();
        foreach (var token in tokens) await riq.Api.End(token);
        Assert.All(late, t => Assert.Contains(t, riq.Service.Calls.Take(riq.Service.Batches.First()).Select(c => c.Marker)));
    }

    [Fact]
    public async Task A_call_for_many_holds_one_slot()
    {
        var (riq, tokens) = await Waiting("fake.add", 30, concurrency: 2);
        await using var _ = riq;
        var answer = new TaskCompletionSource();
        riq.Service.AnswerTogether = async _ => { await answer.Task; return null; };
        await riq.StartWorker();
        await Begun(riq, 30);
        // Should they have become two calls, both slots are taken, by right.
        if (riq.Service.Batches.Count == 1)
            foreach (var n in Enumerable.Range(0, 4)) Assert.Equal("completed", (await riq.Api.End(await riq.Api.Submit(text: $"meanwhile {n}"))).Status());
        var alone = riq.Service.Calls.Select(c => c.Marker).ToHashSet();
        Assert.All(await Task.WhenAll(tokens.Where(t => !alone.Contains(t)).Select(riq.Api.Status)), s => Assert.Equal("processing", s));
        answer.SetResult();
        foreach (var token in tokens) Assert.Equal("completed", (await riq.Api.End(token)).Status());
    }

    [Fact]
    public async Task Each_has_its_own_retries_and_those_that_failed_together_come_again_together()
    {
        var (riq, tokens) = await Waiting("fake.look", 60);
        await using var _ = riq;
        await riq.Database.Execute("update queue_requests set max_retries = 1");
        riq.Service.Answer = (call, _) => Task.FromResult(call.Payload.GetProperty("text").GetString() is "item 3" || riq.Service.Calls.Count(c => c.Marker == call.Marker) == 1
            ? FakeService.Fail(ErrorCodes.ServiceUnavailable, status: 503) : FakeService.Ok(call.Payload));
        await riq.StartWorker();
        var ends = await Task.WhenAll(tokens.Select(t => riq.Api.End(t)));
        Assert.Equal(tokens[3], Assert.Single(ends, e => e.Status() == "dead").Token());
        Assert.All(ends.Where(e => e.Status() != "dead"), e => Assert.Equal(("completed", 1), (e.Status(), e.GetProperty("retry_count").GetInt32())));
        Assert.All(tokens, t => Assert.Equal(2, riq.Service.Calls.Count(c => c.Marker == t)));
        Assert.InRange(riq.Service.Batches.Count, 2, 10);
    }

    [Fact]
    public async Task A_request_that_was_called_off_is_not_in_the_call_and_one_that_has_expired_neither()
    {
        var (riq, tokens) = await Waiting("fake.add", 20);
        await using var _ = riq;
        Assert.True((await riq.Api.Post($"/api/queue/requests/{tokens[4]}/cancel", new { })).IsSuccessStatusCode);
        await riq.Database.Execute($"update queue_requests set expires_at = now() where token = '{tokens[5]}'");
        await riq.StartWorker();
        var ends = await Task.WhenAll(tokens.Select(t => riq.Api.End(t)));
        Assert.Equal(["CANCELLED", "EXPIRED"], new[] { 4, 5 }.Select(n => ends[n].GetProperty("error").GetProperty("code").GetString()));
        Assert.Equal(tokens.Where((_, n) => n is not (4 or 5)).Order(), riq.Service.Calls.Select(c => c.Marker).Order());
    }

    [Fact]
    public async Task What_refers_to_a_result_goes_along_once_that_is_there_and_a_wrong_reference_fails_alone()
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartApi();
        using var answer = await riq.Api.Post("/api/queue/submit/batch", new
        {
            items = new object[] { new { @ref = "epic", operation = "fake.write", payload = new { text = "epic" } } }
                .Concat(Enumerable.Range(0, 30).Select(n => (object)new { operation = "fake.add", payload = new { text = n == 7 ? "$result.nothing" : $"{n} of $result.echo" }, depends_on = new[] { "#epic" } })),
        });
        string[] tokens = [.. (await RiqApi.Json(answer)).GetProperty("items").EnumerateArray().Select(i => i.Token())];
        await riq.StartWorker();
        var ends = await Task.WhenAll(tokens.Skip(1).Select(t => riq.Api.End(t)));
        Assert.Equal("VALIDATION_ERROR", Assert.Single(ends, e => e.Status() != "completed").GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(Enumerable.Range(0, 30).Where(n => n != 7).Select(n => $"{n} of epic"), ends.Where((_, n) => n != 7).Select(e => e.GetProperty("result").GetProperty("echo").GetString()));
        Assert.NotEmpty(riq.Service.Batches);
    }

    [Fact]
    public async Task A_mended_payload_goes_alone_since_it_may_belong_with_others_now()
    {
        var (riq, tokens) = await Waiting("fake.add", 1);
        await using var _ = riq;
        riq.Service.Answer = (call, _) => Task.FromResult(call.Payload.GetProperty("text").GetString() == "item 0" ? FakeService.Fail(ErrorCodes.ServiceUnavailable, status: 429 - 1) : FakeService.Ok(call.Payload));
        await riq.StartWorker();
        await riq.Api.End(tokens[0]);
        Assert.NotNull(await riq.Database.Scalar<string>("select batch_key from queue_requests"));
        Assert.True((await riq.Api.Post($"/api/queue/dead-letters/{tokens[0]}/retry", new { payload = new { text = "mended" } })).IsSuccessStatusCode);
        Assert.Equal("mended", (await riq.Api.End(tokens[0])).GetProperty("result").GetProperty("echo").GetString());
        Assert.Equal(1, await riq.Database.Scalar<long>("select count(*) from queue_requests where batch_key is null"));
    }

    /// <summary>A worker whose calls for these never come back while they are asked about.</summary>
    static async Task<(RiqCluster Riq, string[] Tokens, TaskCompletionSource Answer, Lines Lines)> Hanging(int count)
    {
        var (riq, tokens) = await Waiting("fake.add", count);
        riq.With("Services:fake:Timeout", "00:00:02");
        var answer = new TaskCompletionSource();
        riq.Service.AnswerTogether = async _ => { await answer.Task; return null; };
        riq.Service.Search = (call, _) => Task.FromResult(FakeService.IsThere(call));
        var lines = riq.NewLines();
        await riq.StartWorker(lines: lines);
        await Begun(riq, count);
        return (riq, [.. tokens.Except(riq.Service.Calls.Select(c => c.Marker))], answer, lines);
    }

    // One that finds all others taken goes alone.
    static Task Begun(RiqCluster riq, int count) => Eventually.True(() => riq.Service.Batches.Sum() + riq.Service.Calls.Count == count);

    [Fact]
    public async Task A_lease_that_is_lost_is_lost_for_one_request_and_what_is_said_of_it_later_is_refused()
    {
        var (riq, tokens, answer, _) = await Hanging(20);
        await using var __ = riq;
        await riq.Database.Execute($"update queue_requests set lease_until = now() + interval '1 hour' where token <> '{tokens[6]}'");
        // The effect is looked for by its own marker: it is there.
        Assert.Equal("completed", (await riq.Api.End(tokens[6])).Status());
        Assert.Equal(tokens[6], Assert.Single(riq.Service.Searches).Marker);
        var version = (await riq.Stored(tokens[6])).Version;
        answer.SetResult();
        foreach (var token in tokens) Assert.Equal("completed", (await riq.Api.End(token)).Status());
        Assert.Equal(version, (await riq.Stored(tokens[6])).Version);
        Assert.Single(riq.Service.Searches);
    }

    [Fact]
    public async Task When_the_worker_dies_in_the_middle_each_effect_is_looked_for_by_itself_and_none_is_made_twice()
    {
        var (riq, tokens, answer, lines) = await Hanging(20);
        await using var _ = riq;
        var alone = riq.Service.Calls.Count;
        riq.Service.Search = (call, _) => Task.FromResult(call.Marker == tokens[2] ? FakeService.Says(new EffectSearch.NotFound()) : FakeService.IsThere(call));
        lines.Cut();
        riq.Service.AnswerTogether = _ => Task.FromResult<AdapterError?>(null);
        await riq.StartWorker("worker-2");
        foreach (var token in tokens) Assert.Equal("completed", (await riq.Api.End(token)).Status());
        Assert.Equal(tokens.Order(), riq.Service.Searches.Select(s => s.Marker).Distinct().Order());
        // Only the one that was not there is sent, alone.
        Assert.Equal(tokens[2], Assert.Single(riq.Service.Calls.Skip(alone)).Marker);
        answer.SetResult();
    }
}
