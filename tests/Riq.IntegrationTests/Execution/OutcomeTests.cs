using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Riq.Contracts;
using Riq.Engine.Execution;
using Riq.Engine.Requests;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Execution;

/// <summary>Outcomes are stored, whatever they hold and whoever else stores one.</summary>
public sealed class OutcomeTests
{
    [Fact]
    public async Task A_stale_outcome_in_the_same_batch_does_not_push_the_present_one_out()
    {
        const int Requests = 60;
        await using var riq = await RiqCluster.Create();
        riq.RabbitMq.Cut();
        await riq.StartApi();
        var worker = (await riq.StartWorker()).Services;
        var (claims, life, writer) = (worker.GetRequiredService<ClaimStore>(), worker.GetRequiredService<RequestLife>(), worker.GetRequiredService<TransitionWriter>());
        var ids = (await Task.WhenAll(Enumerable.Range(0, Requests).Select(_ => riq.Api.Submit()))).Select(t => Guid.ParseExact(t[4..], "N")).ToArray();

        var first = await claims.Take([.. ids.Select(id => new Claim(id, 1, Guid.CreateVersion7()))]);
        await riq.Database.Execute("update queue_requests set status = 'queued', attempt = 2, version = version + 1, claim_id = null");
        var second = await claims.Take([.. ids.Select(id => new Claim(id, 2, Guid.CreateVersion7()))]);
        foreach (var r in first.Concat(second)) Assert.True(await life.Raise(r!, life.Machine.Succeeded, new Succeeded($$"""{"attempt":{{r!.Attempt}}}""", 200)));

        // All at once, each stale one just before the present one, so that both are in one batch.
        var stored = first.Zip(second).Select(pair => (Stale: writer.Write(pair.First!), Present: writer.Write(pair.Second!))).ToArray();
        foreach (var (stale, present) in stored)
        {
            Assert.False(await stale);
            Assert.True(await present);
        }
        Assert.Equal(Requests, await riq.Database.Scalar<long>("select count(*) from queue_requests where status = 'completed' and result->>'attempt' = '2'"));
    }

    [Fact]
    public async Task An_outcome_written_twice_is_stored_and_announced_once()
    {
        await using var riq = await RiqCluster.Create();
        riq.RabbitMq.Cut();
        await riq.StartApi();
        var worker = (await riq.StartWorker()).Services;
        var (claims, life, writer) = (worker.GetRequiredService<ClaimStore>(), worker.GetRequiredService<RequestLife>(), worker.GetRequiredService<TransitionWriter>());
        var token = await riq.Api.Submit();
        var claimed = Assert.Single(await claims.Take([new(Guid.ParseExact(token[4..], "N"), 1, Guid.CreateVersion7())]))!;
        Assert.True(await life.Raise(claimed, life.Machine.Succeeded, new Succeeded("{}", 200)));

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => writer.Write(claimed)));
        Assert.Single(outcomes, stored => stored);
        Assert.False(await writer.Write(claimed));
        Assert.Equal(1, await riq.Database.Scalar<long>("select count(*) from request_attempts"));
        Assert.Equal(1, await riq.Database.Scalar<long>("select count(*) from outbox where destination = 'exchange:riq.ended'"));
    }

    [Theory]
    [InlineData("""{"echo":"a\u0000b"}""", "a\ufffdb")]
    [InlineData("""{"echo":"half \ud83d of a pair"}""", "half \ufffd of a pair")]
    [InlineData("""{"echo":"the rest is kept","n\u0000":1e999,"list":[{"\udc00":"\u0000"}]}""", "the rest is kept")]
    public async Task A_result_that_Postgres_can_not_hold_is_stored_all_the_same(string result, string echo)
    {
        await using var riq = await RiqCluster.Start();
        riq.Service.Answer = (_, _) => Task.FromResult(AdapterResult<JsonElement>.Ok(JsonSerializer.Deserialize<JsonElement>(result)));
        var end = await riq.Api.End(await riq.Api.Submit());
        Assert.Equal("completed", end.GetProperty("status").GetString());
        Assert.Equal(echo, end.GetProperty("result").GetProperty("echo").GetString());
        Assert.Single(riq.Service.Calls);
    }

    [Fact]
    public async Task An_error_that_Postgres_can_not_hold_is_stored_all_the_same()
    {
        await using var riq = await RiqCluster.Start();
        var details = JsonSerializer.Deserialize<JsonElement>("""{"title":["\u0000 is not allowed"],"half":"\udc00"}""");
        riq.Service.Answer = (_, _) => Task.FromResult(AdapterResult<JsonElement>.Fail(new(ErrorCodes.ValidationError, "NUL \0 and half \ud83d") { HttpStatus = 400, Details = details }));
        var end = await riq.Api.End(await riq.Api.Submit());
        Assert.Equal("failed", end.GetProperty("status").GetString());
        Assert.Equal("\ufffd is not allowed", end.GetProperty("error").GetProperty("details").GetProperty("title")[0].GetString());
        Assert.StartsWith("NUL ", end.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_adapter_that_throws_ends_a_write_dead_with_an_unknown_outcome_and_a_read_is_repeated()
    {
        await using var riq = await RiqCluster.Start();
        var calls = 0;
        riq.Service.Answer = (call, _) => call.Operation.IsWrite || Interlocked.Increment(ref calls) == 1 ? throw new InvalidOperationException("a bug") : Task.FromResult(FakeService.Ok(call.Payload));
        var write = await riq.Api.Submit("fake.write");
        Assert.Equal("dead", (await riq.Api.End(write)).GetProperty("status").GetString());
        Assert.Equal(("INTERNAL", "unknown"), ((await riq.Stored(write)).ErrorCode, (await riq.Stored(write)).Outcome));
        Assert.Equal("completed", (await riq.Api.End(await riq.Api.Submit("fake.read"))).GetProperty("status").GetString());
        Assert.Empty(await riq.FaultQueues());
    }

    [Fact]
    public async Task An_unclear_write_is_never_repeated_but_a_repeat_safe_one_is()
    {
        await using var riq = await RiqCluster.Start();
        riq.Service.Answer = (call, _) => Task.FromResult(riq.Service.Calls.Count(c => c.Marker == call.Marker) == 1
            ? FakeService.Fail(ErrorCodes.Timeout, "no answer", unclear: true) : FakeService.Ok(call.Payload));
        var unsafeWrite = await riq.Api.Submit("fake.write");
        var safeWrite = await riq.Api.Submit("fake.safe_write");

        Assert.Equal("completed", (await riq.Api.End(safeWrite)).GetProperty("status").GetString());
        Assert.Equal("dead", (await riq.Api.End(unsafeWrite)).GetProperty("status").GetString());
        var dead = await riq.Stored(unsafeWrite);
        Assert.Equal(("TIMEOUT", "unknown", 0), (dead.ErrorCode, dead.Outcome, dead.RetryCount));
        Assert.Single(riq.Service.Calls, c => c.Marker == unsafeWrite);
        Assert.Equal(2, riq.Service.Calls.Count(c => c.Marker == safeWrite));
    }
}
