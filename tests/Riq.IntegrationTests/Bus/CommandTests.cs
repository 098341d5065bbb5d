using System.Text.Json;
using Riq.Contracts;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Bus;

/// <summary><c>CancelRequest</c> and <c>RetryDeadLetter</c> over the bus: the same machine, the same row.</summary>
public sealed class CommandTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_queued_request_is_cancelled_by_a_MassTransit_client_and_by_a_plain_JSON_message(bool massTransit)
    {
        await using var riq = await WithOneSlot();
        await using var bus = await BusClient.Connect(riq);
        var (held, running, waiting) = await OneRunsOneWaits(riq);
        if (massTransit) await bus.Command(new CancelRequest(waiting));
        else await Plain(riq, "CancelRequest", waiting);

        var result = await riq.Api.End(waiting);   // the long-poll hears of it, too
        Assert.Equal(("failed", "CANCELLED"), (result.GetProperty("status").GetString(), result.GetProperty("error").GetProperty("code").GetString()));
        Assert.Equal(0, result.GetProperty("attempts").GetInt32());
        held.Release();
        Assert.Equal("completed", (await riq.Api.End(running)).GetProperty("status").GetString());
        await Eventually.True(async () => await riq.Broker.Messages() == 0);
        Assert.DoesNotContain(riq.Service.Calls, c => c.Marker == waiting);
        Assert.Empty(await riq.FaultQueues());
    }

    [Fact]
    public async Task Cancelling_what_runs_or_has_ended_changes_nothing()
    {
        await using var riq = await WithOneSlot();
        await using var bus = await BusClient.Connect(riq);
        var (held, running, waiting) = await OneRunsOneWaits(riq);
        var before = await riq.Stored(running);
        await bus.Command(new CancelRequest(running));
        await bus.Command(new CancelRequest(waiting));   // its end tells that the one before was heard
        await riq.Api.End(waiting);
        Assert.Equal(before, await riq.Stored(running));

        held.Release();
        Assert.Equal("completed", (await riq.Api.End(running)).GetProperty("status").GetString());
        var (done, cancelled) = (await riq.Stored(running), await riq.Stored(waiting));
        await bus.Command(new CancelRequest(running));
        await bus.Command(new CancelRequest(waiting));
        await bus.Command(new RetryDeadLetter(running));
        await bus.Command(new RetryDeadLetter(waiting));
        await HeardEverything(riq);
        Assert.Equal((done, cancelled), (await riq.Stored(running), await riq.Stored(waiting)));
    }

    [Fact]
    public async Task A_dead_letter_is_run_again_with_a_new_attempt_and_all_its_retries()
    {
        await using var riq = await RiqCluster.Start();
        await using var bus = await BusClient.Connect(riq);
        var token = await DeadLetter(riq, FakeService.Fail(ErrorCodes.ServiceUnavailable));
        var dead = await riq.Stored(token);
        Assert.Equal((2, 1), (dead.Attempt, dead.RetryCount));
        riq.Service.Answer = (call, _) => Task.FromResult(riq.Service.Calls.Count == 3 ? FakeService.Fail(ErrorCodes.ServiceUnavailable) : FakeService.Ok(call.Payload));

        await bus.Command(new RetryDeadLetter(token));
        Assert.Equal("completed", (await Eventually.Value(() => riq.Api.Result(token, 5), r => r.GetProperty("status").GetString() != "dead" && r.GetProperty("status").GetString() is "completed" or "failed")).GetProperty("status").GetString());
        var done = await riq.Stored(token);
        Assert.Equal((4, 1), (done.Attempt, done.RetryCount));   // 3 was the operator's, 4 its own retry
        Assert.Equal(4, riq.Service.Calls.Count);
        var timeline = (await riq.Api.Detail(token)).GetProperty("timeline").EnumerateArray().Select(t => t.GetProperty("event").GetString()).ToArray();
        Assert.Single(timeline, "retry_requested");
        await Eventually.True(async () => await riq.Database.Scalar<long>("select count(*) from outbox") == 0);
    }

    [Fact]
    public async Task Asking_ten_times_for_another_run_gives_one()
    {
        await using var riq = await RiqCluster.Start();
        await riq.StartWorker("worker-2");
        await using var bus = await BusClient.Connect(riq);
        var token = await DeadLetter(riq, FakeService.Fail(ErrorCodes.ServiceUnavailable));
        var held = new HeldCalls(riq.Service);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => bus.Command(new RetryDeadLetter(token))));
        await Eventually.True(() => held.Arrived == 1);
        await HeardEverything(riq);
        Assert.Equal(3, (await riq.Stored(token)).Attempt);
        Assert.Equal(1, held.Arrived);
        held.Release();
    }

    [Fact]
    public async Task A_dead_letter_with_an_unknown_outcome_is_left_alone()
    {
        await using var riq = await RiqCluster.Start();
        await using var bus = await BusClient.Connect(riq);
        var token = await DeadLetter(riq, FakeService.Fail(ErrorCodes.Timeout, unclear: true));
        var dead = await riq.Stored(token);
        Assert.Equal("unknown", dead.Outcome);
        await bus.Command(new RetryDeadLetter(token));
        await HeardEverything(riq);
        Assert.Equal(dead, await riq.Stored(token));
        Assert.Single(riq.Service.Calls);
    }

    [Fact]
    public async Task A_field_of_the_service_that_is_called_outcome_is_not_taken_for_an_unknown_outcome()
    {
        await using var riq = await RiqCluster.Start();
        await using var bus = await BusClient.Connect(riq);
        var details = JsonSerializer.Deserialize<JsonElement>("""{"outcome":["is busy"]}""");
        var token = await DeadLetter(riq, AdapterResult<JsonElement>.Fail(new(ErrorCodes.ServiceUnavailable, "busy") { Details = details }));
        riq.Service.Answer = (call, _) => Task.FromResult(FakeService.Ok(call.Payload));
        await bus.Command(new RetryDeadLetter(token));
        await Eventually.Value(() => riq.Stored(token), r => r.Status == "completed");
    }

    [Theory]
    [InlineData("req_00000000000000000000000000000000")]
    [InlineData("req_0197f0c2a1b27c3d8e4f5a6b7c8d9e0f")]
    [InlineData("no token at all")]
    [InlineData("")]
    public async Task Commands_about_unknown_tokens_are_discarded(string token)
    {
        await using var riq = await RiqCluster.Start();
        await using var bus = await BusClient.Connect(riq);
        await bus.Command(new CancelRequest(token));
        await Plain(riq, "RetryDeadLetter", token);
        await HeardEverything(riq);
        Assert.Empty(await riq.FaultQueues());
    }

    [Fact]
    public async Task A_command_during_an_outage_of_Postgres_is_carried_out_after_it()
    {
        await using var riq = await WithOneSlot();
        await using var bus = await BusClient.Connect(riq);
        var (held, running, waiting) = await OneRunsOneWaits(riq);
        riq.Postgres.Cut();
        await bus.Command(new CancelRequest(waiting));
        // Longer than five tries a second apart, by the database's own clock.
        var cutAt = await riq.Database.Scalar<DateTime>("select now()");
        await Eventually.True(async () => await riq.Database.Scalar<bool>("select now() > $1 + interval '7 seconds'", cutAt));
        Assert.Empty(await riq.FaultQueues());
        riq.Postgres.Restore();
        await Eventually.Value(() => riq.Stored(waiting), r => r is { Status: "failed", ErrorCode: "CANCELLED" });
        held.Release();
        await Eventually.Value(() => riq.Stored(running), r => r.Status == "completed");
    }

    static async Task<RiqCluster> WithOneSlot()
    {
        var riq = await RiqCluster.Create();
        riq.With("Services:fake:Concurrency", 1);
        await riq.StartWorker();
        await riq.StartApi();
        return riq;
    }

    static async Task<(HeldCalls, string Running, string Waiting)> OneRunsOneWaits(RiqCluster riq)
    {
        var held = new HeldCalls(riq.Service);
        var running = await riq.Api.Submit(text: "running");
        await Eventually.True(() => held.Arrived == 1);
        return (held, running, await riq.Api.Submit(text: "waiting"));
    }

    static async Task<string> DeadLetter(RiqCluster riq, AdapterResult<JsonElement> answer)
    {
        riq.Service.Answer = (_, _) => Task.FromResult(answer);
        var token = await riq.Api.Submit(more: new { max_retries = 1 });
        await Eventually.Value(() => riq.Stored(token), r => r.Status == "dead");
        return token;
    }

    static Task HeardEverything(RiqCluster riq) => Eventually.True(async () => await riq.Broker.Messages("riq.commands") == 0);

    static Task Plain(RiqCluster riq, string command, string token) =>
        riq.Broker.Publish("riq.commands", JsonSerializer.Serialize(new { messageType = new[] { $"urn:message:Riq.Contracts:{command}" }, message = new { token } }));
}
