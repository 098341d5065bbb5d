using System.Collections.Concurrent;
using System.Text.Json;
using Riq.Contracts;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Order;

/// <summary>Writes to one entity run one at a time, in the order of their acceptance.</summary>
public sealed class LaneTests
{
    [Fact]
    public async Task Writes_to_one_entity_run_one_at_a_time_in_order_and_others_beside_them()
    {
        await using var riq = await RiqCluster.Start();
        var running = new ConcurrentDictionary<string, int>();
        var beside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        riq.Service.Answer = async (call, _) =>
        {
            var entity = EntityOf(call);
            if (!running.TryAdd(entity, 0)) throw new InvalidOperationException($"two at once on {entity}");
            // Until two entities' writes have run at the same time, none ends.
            if (running.Count > 1) beside.TrySetResult();
            await beside.Task;
            running.TryRemove(entity, out var _);
            return FakeService.Ok(call.Payload);
        };
        var tokens = new List<string>();
        for (var i = 0; i < 60; i++) tokens.Add(await Update(riq.Api, $"{i}", $"E-{i % 3}"));
        foreach (var token in tokens) Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        for (var e = 0; e < 3; e++) Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{3 * i + e}"), TextsOf(riq, $"E-{e}"));
        Assert.Equal(0, await riq.Database.Scalar<long>("select count(*) from queue_requests where lane_seq is not null"));
    }

    [Fact]
    public async Task A_name_is_one_entity_however_it_is_spelled()
    {
        await using var riq = await RiqCluster.Start();
        var hold = Hold(riq, "first");
        await Update(riq.Api, "first", "md-1");
        var second = await Update(riq.Api, "second", " MD-1 ");
        Assert.Equal("lane", (await riq.Api.Result(second)).GetProperty("waiting_for").GetString());
        hold.SetResult();
        Assert.Equal("completed", (await riq.Api.End(second)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_number_is_the_entity_whose_result_has_told_it_and_otherwise_one_of_its_own()
    {
        await using var riq = await RiqCluster.Start();
        riq.Service.Answer = (_, _) => Task.FromResult(AdapterResult<JsonElement>.Ok(JsonSerializer.SerializeToElement(new { id = "MD-1", external_id = "10001" })));
        await riq.Api.End(await riq.Api.Submit("fake.create"));
        var hold = Hold(riq, "first");
        await Update(riq.Api, "first", "MD-1");
        var known = await Update(riq.Api, "second", "10001");
        var unknown = await Update(riq.Api, "third", "10002");
        Assert.Equal("completed", (await riq.Api.End(unknown)).GetProperty("status").GetString());
        Assert.Equal("lane", (await riq.Api.Result(known)).GetProperty("waiting_for").GetString());
        hold.SetResult();
        await riq.Api.End(known);
    }

    [Fact]
    public async Task A_retry_a_deferral_and_an_outcome_check_keep_the_place()
    {
        await using var riq = await RiqCluster.Start();
        riq.Service.Answer = (call, _) => Task.FromResult(riq.Service.Calls.Count(c => c.Marker == call.Marker) switch
        {
            1 when TextOf(call) == "first" => FakeService.Fail(ErrorCodes.ServiceUnavailable, "away"),
            2 when TextOf(call) == "first" => FakeService.Fail(ErrorCodes.RateLimited, "slow down", retryAfter: TimeSpan.FromMilliseconds(100)),
            _ => FakeService.Ok(call.Payload),
        });
        await Update(riq.Api, "first", "E");
        await riq.Api.End(await Update(riq.Api, "second", "E"));
        Assert.Equal(["first", "first", "first", "second"], TextsOf(riq, "E"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_dead_head_lets_the_next_go_or_holds_it_where_it_is_set_so(bool holds)
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Services:fake:DeadHoldsLane", holds);
        await riq.StartWorker();
        await riq.StartApi();
        riq.Service.Answer = (call, _) => Task.FromResult(TextOf(call) == "head" ? FakeService.Fail(ErrorCodes.ServiceUnavailable, "away") : FakeService.Ok(call.Payload));
        var head = await riq.Api.Submit("fake.update", "head", new { payload = new { text = "head", entity = "E" }, max_retries = 0 });
        var next = await Update(riq.Api, "next", "E");
        Assert.Equal("dead", (await riq.Api.End(head)).GetProperty("status").GetString());
        if (holds)
        {
            Assert.Equal("lane", (await riq.Api.Result(next)).GetProperty("waiting_for").GetString());
            using var abandoned = await riq.Api.Post($"/api/queue/dead-letters/{head}/abandon", new { });
            Assert.True(abandoned.IsSuccessStatusCode);
        }
        Assert.Equal("completed", (await riq.Api.End(next)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_waiting_one_that_is_cancelled_or_expires_is_passed_over()
    {
        await using var riq = await RiqCluster.Start();
        var hold = Hold(riq, "first");
        await Update(riq.Api, "first", "E");
        var cancelled = await Update(riq.Api, "cancelled", "E");
        var expired = await riq.Api.Submit("fake.update", "expired", new { payload = new { text = "expired", entity = "E" }, expires_in = 1 });
        var last = await Update(riq.Api, "last", "E");
        using (var answer = await riq.Api.Post($"/api/queue/requests/{cancelled}/cancel", new { })) Assert.True(answer.IsSuccessStatusCode);
        await riq.Api.End(expired);
        Assert.Equal("lane", (await riq.Api.Result(last)).GetProperty("waiting_for").GetString());
        hold.SetResult();
        await riq.Api.End(last);
        Assert.Equal(["first", "last"], TextsOf(riq, "E"));
    }

    [Fact]
    public async Task The_same_submission_again_at_the_head_of_a_batch_does_not_leave_the_next_one_waiting()
    {
        await using var riq = await RiqCluster.Start();
        object Item(string text, string? key) => new { operation = "fake.update", payload = new { text, entity = "E" }, idempotency_key = key };
        await riq.Api.End(await riq.Api.Submit("fake.update", "known", new { payload = new { text = "known", entity = "E" }, idempotency_key = "k" }));
        using var answer = await riq.Api.Post("/api/queue/submit/batch", new { items = new[] { Item("known", "k"), Item("new", null), Item("newer", null) } });
        var tokens = (await RiqApi.Json(answer)).GetProperty("items").EnumerateArray().Select(i => i.GetProperty("token").GetString()!).ToArray();
        foreach (var token in tokens) Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        Assert.Equal(["known", "new", "newer"], TextsOf(riq, "E"));
    }

    [Fact]
    public async Task Many_at_once_from_two_processes_leave_no_lane_stuck_and_run_no_two_at_once()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("SweepInterval", "01:00:00");   // nobody helps
        await riq.StartWorker("worker-1");
        await riq.StartWorker("worker-2");
        var apis = new[] { await riq.StartApi(), await riq.StartApi() };
        var running = new ConcurrentDictionary<string, int>();
        var overlaps = 0;
        riq.Service.Answer = async (call, _) =>
        {
            if (!running.TryAdd(EntityOf(call), 0)) Interlocked.Increment(ref overlaps);
            await Task.Yield();
            running.TryRemove(EntityOf(call), out var _);
            return FakeService.Ok(call.Payload);
        };
        var tokens = await Task.WhenAll(Enumerable.Range(0, 400).Select(i => Update(apis[i % 2], $"{i}", $"E-{i % 4}")));
        foreach (var token in tokens) Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        Assert.Equal(0, overlaps);
        Assert.Equal(400, riq.Service.Calls.Count);
    }

    static Task<string> Update(RiqApi api, string text, string entity) => api.Submit("fake.update", text, new { payload = new { text, entity } });

    static string TextOf(OperationCall call) => call.Payload.GetProperty("text").GetString()!;
    static string EntityOf(OperationCall call) => call.Payload.GetProperty("entity").GetString()!.Trim().ToUpperInvariant();
    static IEnumerable<string> TextsOf(RiqCluster riq, string entity) => riq.Service.Calls.Where(c => EntityOf(c) == entity).Select(TextOf);

    // The service answers the one with this text when it is told to, all others at once.
    static TaskCompletionSource Hold(RiqCluster riq, string text)
    {
        var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        riq.Service.Answer = async (call, cancellation) =>
        {
            if (TextOf(call) == text) await hold.Task.WaitAsync(cancellation);
            return FakeService.Ok(call.Payload);
        };
        return hold;
    }
}
