using Microsoft.Extensions.DependencyInjection;
using Riq.Contracts;
using Riq.Engine.Execution;
using Riq.Engine.Requests;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Execution;

/// <summary>Commands come late, twice and out of order; the claim lets each attempt run once.</summary>
public sealed class DuplicateDeliveryTests
{
    [Fact]
    public async Task One_command_delivered_many_times_to_two_workers_has_one_effect()
    {
        await using var riq = await RiqCluster.Start();
        await riq.StartWorker("worker-2");
        var held = new HeldCalls(riq.Service);
        var tokens = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => riq.Api.Submit(text: $"once {i}")));
        // Before, during and after the run.
        await Task.WhenAll(tokens.SelectMany(t => Enumerable.Range(0, 6).Select(_ => riq.SendExecute(t, attempt: 1))));
        await Eventually.True(() => held.Arrived > 0);
        held.Release();
        foreach (var token in tokens) Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        await Task.WhenAll(tokens.Select(t => riq.SendExecute(t, attempt: 1)));
        await Eventually.True(async () => await riq.Broker.Messages("riq.fake.normal") == 0);

        Assert.Equal(tokens.Order(), riq.Service.Calls.Select(c => c.Marker).Order());
        Assert.All(await Task.WhenAll(tokens.Select(riq.Stored)), r => Assert.Equal((1, 3L), (r.Attempt, r.Version)));
        Assert.Empty(await riq.FaultQueues());
    }

    [Fact]
    public async Task A_late_command_of_an_older_attempt_does_nothing()
    {
        await using var riq = await RiqCluster.Start();
        var calls = 0;
        var held = new HeldCalls(riq.Service, _ => Volatile.Read(ref calls) > 0);
        var answer = riq.Service.Answer;
        riq.Service.Answer = (call, c) => Interlocked.Increment(ref calls) == 1 ? Task.FromResult(FakeService.Fail(ErrorCodes.ServiceUnavailable)) : answer(call, c);
        var token = await riq.Api.Submit();
        await Eventually.True(() => held.Arrived == 1);
        var running = await riq.Stored(token);

        await riq.SendExecute(token, attempt: 1);
        await riq.SendExecute(token, attempt: 3);   // one that nobody has given out yet
        var other = await riq.Api.Submit(text: "behind them in the queue");
        await Eventually.True(() => riq.Service.Calls.Any(c => c.Marker == other));
        Assert.Equal(running, await riq.Stored(token));

        held.Release();
        Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        Assert.Equal(2, riq.Service.Calls.Count(c => c.Marker == token));
    }

    [Fact]
    public async Task Repeating_a_claim_with_its_own_id_is_harmless_and_another_is_refused()
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartApi();
        var worker = await WorkerWithoutBroker(riq);
        var claims = worker.GetRequiredService<ClaimStore>();
        var id = IdOf(await riq.Api.Submit());
        var mine = new Claim(id, 1, Guid.CreateVersion7());

        var first = Assert.Single(await claims.Take([mine]));
        Assert.NotNull(first);
        var again = Assert.Single(await claims.Take([mine]));
        Assert.NotNull(again);
        Assert.Equal((first.Attempt, first.ClaimId), (again.Attempt, again.ClaimId));
        Assert.Null(Assert.Single(await claims.Take([mine with { ClaimId = Guid.CreateVersion7() }])));

        // What the first answer said is out of date, what the repetition said is not.
        var life = worker.GetRequiredService<RequestLife>();
        var writer = worker.GetRequiredService<TransitionWriter>();
        await life.Raise(again, life.Machine.Succeeded, new Succeeded("{}", 200));
        Assert.True(await writer.Write(again));
        Assert.Null(Assert.Single(await claims.Take([mine])));
    }

    [Fact]
    public async Task Of_several_claims_of_one_request_in_one_batch_the_holder_is_told_that_it_holds_it()
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartApi();
        var claims = (await WorkerWithoutBroker(riq)).GetRequiredService<ClaimStore>();
        var id = IdOf(await riq.Api.Submit());
        var mine = new Claim(id, 1, Guid.CreateVersion7());
        Assert.NotNull(Assert.Single(await claims.Take([mine])));   // committed, but say that the answer was lost

        var taken = await claims.Take([mine with { ClaimId = Guid.CreateVersion7() }, mine]);
        Assert.Null(taken[0]);
        Assert.Equal(mine.ClaimId, taken[1]?.ClaimId);
    }

    [Fact]
    public async Task An_older_command_in_the_same_batch_does_not_push_the_present_one_out()
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartApi();
        var claims = (await WorkerWithoutBroker(riq)).GetRequiredService<ClaimStore>();
        var token = await riq.Api.Submit();
        await riq.Database.Execute("update queue_requests set attempt = 2 where token = $1", token);

        var taken = await claims.Take([new(IdOf(token), 1, Guid.CreateVersion7()), new(IdOf(token), 2, Guid.CreateVersion7())]);
        Assert.Null(taken[0]);
        Assert.Equal(2, taken[1]?.Attempt);
    }

    [Fact]
    public async Task Of_two_new_claims_of_one_request_in_one_batch_exactly_one_enters()
    {
        await using var riq = await RiqCluster.Create();
        await riq.StartApi();
        var claims = (await WorkerWithoutBroker(riq)).GetRequiredService<ClaimStore>();
        var id = IdOf(await riq.Api.Submit());

        var taken = await claims.Take([new(id, 1, Guid.CreateVersion7()), new(id, 1, Guid.CreateVersion7()), new(id, 1, Guid.CreateVersion7())]);
        Assert.Single(taken, r => r is not null);
    }

    [Fact]
    public async Task A_claim_whose_answer_was_lost_is_repeated_and_runs_once()
    {
        await using var riq = await RiqCluster.Create();
        var lines = riq.NewLines();
        await riq.StartWorker("worker-1", lines);
        await riq.StartApi();
        await riq.Api.End(await riq.Api.Submit(text: "everything is connected"));

        lines.Postgres.FreezeAnswers();
        var token = await riq.Api.Submit(text: "claimed unheard");
        await Eventually.Value(() => riq.Stored(token), r => r.Status == "processing");
        lines.Postgres.CutConnections();
        lines.Postgres.Thaw();

        Assert.Equal("completed", (await riq.Api.End(token)).GetProperty("status").GetString());
        Assert.Single(riq.Service.Calls, c => c.Marker == token);
        Assert.Equal(1, (await riq.Stored(token)).Attempt);
    }

    // Its deliveries are the test's own.
    static async Task<IServiceProvider> WorkerWithoutBroker(RiqCluster riq)
    {
        var lines = riq.NewLines();
        lines.RabbitMq.Cut();
        riq.RabbitMq.Cut();   // nor does the API's relay send anything
        return (await riq.StartWorker("worker-1", lines)).Services;
    }

    static Guid IdOf(string token) => RequestToken.TryParse(token, out var id) ? id : throw new ArgumentException(token);
}
