using System.Text.Json;
using Riq.Contracts;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Servers;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Reads;

/// <summary>Equal reads under way share one call; each remains a request of its own.</summary>
public sealed class SharedReadTests
{
    [Fact]
    public async Task A_thousand_equal_reads_at_once_are_one_call_with_several_workers_and_apis()
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartWorker("worker-1");
        await riq.StartWorker("worker-2");
        RiqApi[] apis = [await riq.StartApi(), await riq.StartApi()];
        var reads = TestServers.Long ? 1_000 : 300;

        var answers = await Task.WhenAll(Enumerable.Range(0, reads).Select(n => apis[n % 2].Ask(more: new { priority = new[] { "high", "normal", "low" }[n % 3] })));
        var results = await Task.WhenAll(answers.Select(a => apis[0].End(a.Token())));

        Assert.All(results, r => Assert.Equal(("completed", "a"), (r.Status(), r.GetProperty("result").GetProperty("echo").GetString())));
        Assert.Equal(reads, answers.Select(a => a.Token()).Distinct().Count());
        Assert.Single(riq.Service.Calls);
        Assert.Empty(await riq.FaultQueues());
    }

    [Fact]
    public async Task Those_that_wait_end_with_the_one_that_runs_and_cancelled_or_expired_ones_do_not()
    {
        await using var riq = await RiqCluster.Start();
        var held = new HeldCalls(riq.Service);
        var first = await riq.Api.Ask();
        await Eventually.True(() => held.Arrived == 1);
        var waiting = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => riq.Api.Ask()));
        var cancelled = await riq.Api.Ask();
        using (var answer = await riq.Api.Post($"/api/queue/requests/{cancelled.Token()}/cancel", new { })) answer.EnsureSuccessStatusCode();
        var expired = await riq.Api.Ask(more: new { expires_in = 1 });
        await Eventually.True(async () => await riq.Api.Status(expired.Token()) == "failed");

        held.Release();
        foreach (var each in waiting.Append(first)) Assert.Equal("completed", (await riq.Api.End(each.Token())).Status());
        Assert.Equal("CANCELLED", (await riq.Api.End(cancelled.Token())).GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("EXPIRED", (await riq.Api.End(expired.Token())).GetProperty("error").GetProperty("code").GetString());
        Assert.Single(riq.Service.Calls);
    }

    [Fact]
    public async Task A_failure_fails_each_by_its_own_policy()
    {
        await using var riq = await RiqCluster.Start();
        var arrived = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var calls = 0;
        riq.Service.Answer = async (call, _) =>
        {
            if (Interlocked.Increment(ref calls) > 1) return FakeService.Ok(call.Payload);
            arrived.SetResult();
            await release.Task;
            return FakeService.Fail(ErrorCodes.ServiceUnavailable, status: 503);
        };
        var first = await riq.Api.Ask();
        await arrived.Task;
        var (patient, impatient) = (await riq.Api.Ask(more: new { max_retries = 2 }), await riq.Api.Ask(more: new { max_retries = 0 }));
        // Delivered and sent back to wait.
        await Eventually.True(async () => (await riq.Api.Result(patient.Token())).GetProperty("deferrals").GetInt32() == 1 && (await riq.Api.Result(impatient.Token())).GetProperty("deferrals").GetInt32() == 1);
        release.SetResult();

        var dead = await riq.Api.End(impatient.Token());
        Assert.Equal(("dead", "SERVICE_UNAVAILABLE"), (dead.Status(), dead.GetProperty("error").GetProperty("code").GetString()));
        foreach (var each in new[] { first, patient })
        {
            var end = await riq.Api.End(each.Token());
            Assert.Equal(("completed", 1), (end.Status(), end.GetProperty("retry_count").GetInt32()));
        }
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task Whoever_asks_after_a_change_does_not_get_the_answer_of_a_call_begun_before_it()
    {
        await using var riq = await RiqCluster.Start();
        var items = new Items(riq.Service);
        var answer = riq.Service.Answer;
        var arrived = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var reads = 0;
        riq.Service.Answer = async (call, cancellation) =>
        {
            var now = await answer(call, cancellation);
            if (call.Operation.IsWrite || Interlocked.Increment(ref reads) > 1) return now;
            arrived.SetResult();
            await release.Task;
            return now;   // what was there when it was asked
        };
        var before = await riq.Api.Ask();
        await arrived.Task;
        await riq.Api.Change("a", 5);
        var after = await riq.Api.Ask();
        await Eventually.True(async () => (await riq.Api.Result(after.Token())).GetProperty("deferrals").GetInt32() == 1);
        release.SetResult();

        Assert.Equal(0, (await riq.Api.End(before.Token())).GetProperty("result").Number());
        Assert.Equal(5, (await riq.Api.End(after.Token(), TimeSpan.FromSeconds(10))).GetProperty("result").Number());
    }

    [Fact]
    public async Task When_the_worker_of_the_one_that_runs_is_lost_the_others_run()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("Services:fake:Timeout", "00:00:01");
        var lines = riq.NewLines();
        await riq.StartWorker("lost", lines);
        await riq.StartApi();
        var held = HeldCalls.First(riq.Service);
        var first = await riq.Api.Ask();
        await Eventually.True(() => held.Arrived == 1);
        lines.Cut();
        await riq.StartWorker("other");
        var others = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => riq.Api.Ask()));

        foreach (var each in others.Append(first)) Assert.Equal("completed", (await riq.Api.End(each.Token())).Status());
        held.Release();
        lines.Mend();
    }

    [Fact]
    public async Task A_fresh_read_waits_for_no_other_and_is_its_own_call()
    {
        await using var riq = await RiqCluster.Start();
        var held = HeldCalls.First(riq.Service);
        var first = await riq.Api.Ask();
        await Eventually.True(() => held.Arrived == 1);
        Assert.Equal("completed", (await riq.Api.End((await riq.Api.Ask(more: new { fresh = true })).Token())).Status());
        held.Release();
        await riq.Api.End(first.Token());
        Assert.Equal(2, riq.Service.Calls.Count);
    }
}
