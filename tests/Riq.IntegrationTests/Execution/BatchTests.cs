using System.Text.Json;
using Riq.Contracts;
using Riq.IntegrationTests.Cluster;
using Riq.IntegrationTests.Reads;
using Riq.TestKit.Services;

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
    [InlineData("fake.add", 240, 9)]
    [InlineData("fake.look", 240, 8)]
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
        Assert.All(ends, e => Assert.Equal(1, e.GetProperty("attempts").GetInt32()));
        Assert.NotEmpty(riq.Service.Batches);
    }

    [Fact]
    public async Task When_nobody_knows_what_became_of_a_batch_each_effect_is_looked_for_by_itself()
    {
        var (riq, tokens) = await Waiting("fake.add", 40);
        await using var _ = riq;
        riq.Service.AnswerTogether = _ => new(ErrorCodes.Timeout, "No answer.") { Unclear = true };
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
        riq.With("Services:fake:Batch:add", false);
        await riq.StartWorker();
        foreach (var token in tokens) await riq.Api.End(token);
        Assert.Empty(riq.Service.Batches);
    }
}
