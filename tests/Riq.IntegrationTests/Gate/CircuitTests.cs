using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Riq.Contracts;
using Riq.Engine.Gate;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Gate;

/// <summary>A service that fails is left alone by all workers, tried by one, and called again when it answers; its requests lose nothing.</summary>
public sealed class CircuitTests
{
    static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Five_failures_open_it_one_worker_tries_and_its_answer_closes_it()
    {
        await using var riq = (await RiqCluster.Create()).WithCircuit();
        await riq.StartApi();
        await riq.StartWorker();
        await riq.StartWorker("worker-2");
        var mayAnswer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        riq.Service.ProbeAnswer = async _ => { await mayAnswer.Task; return AdapterResult<System.Text.Json.JsonElement>.Ok(default); };
        riq.Service.Fails();
        var tokens = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => riq.Api.Submit("fake.read", $"n{i}", new { max_retries = 20 })));
        await Eventually.True(async () => await riq.Circuit() == "open");
        var openedAt = await riq.Time("opened_at");

        await Eventually.True(() => riq.Service.Probes.Count > 0);
        Assert.Equal("half_open", await riq.Circuit());
        var retries = await Retries(riq);
        var waiting = await riq.Api.Result(tokens[0]);
        Assert.Equal(("queued", "circuit", "circuit"), (waiting.GetProperty("status").GetString(), waiting.GetProperty("waiting_for").GetString(), waiting.GetProperty("blocked_by").GetProperty("reason").GetString()));
        riq.Service.Works();
        mayAnswer.SetResult();

        await Eventually.True(async () => await riq.Circuit() == "closed");
        var closedAt = await riq.Time("updated_at");
        await riq.AllComplete(tokens);
        Assert.Single(riq.Service.Probes);
        Assert.True(riq.Service.Probes.Single() >= openedAt + TimeSpan.FromSeconds(2));
        Assert.DoesNotContain(riq.Service.CallTimes, t => t > openedAt + Second && t < closedAt);
        Assert.True(riq.Service.CallTimes.Count(t => t < openedAt) >= 5);
        Assert.Equal(retries, await Retries(riq));
    }

    [Fact]
    public async Task A_failed_trial_opens_it_again_for_as_long()
    {
        await using var riq = (await RiqCluster.Create()).WithCircuit();
        await riq.StartApi();
        await riq.StartWorker();
        riq.Service.ProbeAnswer = _ => Task.FromResult(riq.Service.Probes.Count == 1 ? FakeService.Fail(ErrorCodes.Timeout) : AdapterResult<System.Text.Json.JsonElement>.Ok(default));
        riq.Service.Fails();
        var tokens = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => riq.Api.Submit("fake.read", $"n{i}", new { max_retries = 20 })));
        await Eventually.True(() => riq.Service.Probes.Count == 1);
        var calls = riq.Service.Calls.Count;
        await Eventually.True(() => riq.Service.Probes.Count == 2);
        Assert.Equal(calls, riq.Service.Calls.Count);
        riq.Service.Works();
        await riq.AllComplete(tokens);
        Assert.Equal(2, riq.Service.Probes.Count);
        Assert.True(riq.Service.Probes.Last() - riq.Service.Probes.First() >= TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task Answers_that_refuse_do_not_open_it_however_many()
    {
        await using var riq = (await RiqCluster.Create()).WithCircuit();
        await riq.StartApi();
        await riq.StartWorker();
        riq.Service.Answer = (call, _) => Task.FromResult(call.Payload.GetProperty("text").GetString()!.EndsWith('0') ? FakeService.Fail(ErrorCodes.NotFound, status: 404) : FakeService.Fail(ErrorCodes.Forbidden, status: 403));
        var tokens = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => riq.Api.Submit(text: $"n{i}")));
        foreach (var token in tokens) Assert.Equal("failed", (await riq.Api.End(token)).GetProperty("status").GetString());
        await Eventually.True(async () => await riq.Database.Scalar<long>("select coalesce(sum((b->>1)::bigint), 0)::bigint from service_state, jsonb_array_elements(buckets) b") == 20);
        Assert.Equal("closed", await riq.Circuit());
        Assert.Equal(0, await riq.Database.Scalar<long>("select sum((b->>2)::bigint)::bigint from service_state, jsonb_array_elements(buckets) b"));
    }

    [Fact]
    public async Task Another_service_is_not_affected()
    {
        await using var riq = (await RiqCluster.Create(new FakeService("broken"), new FakeService("well"))).WithCircuit("broken", openFor: "00:10:00").WithCircuit("well");
        await riq.StartApi();
        var worker = await riq.StartWorker();
        riq.Services[0].Fails();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => riq.Api.Submit("broken.read", more: new { max_retries = 20 })));
        await Eventually.True(async () => await riq.Circuit("broken") == "open");
        await Eventually.True(() => worker.HasStopped("broken"));
        await riq.AllComplete(await Task.WhenAll(Enumerable.Range(0, 30).Select(i => riq.Api.Submit("well.write", $"n{i}"))));
        Assert.False(worker.HasStopped("well"));
        Assert.Equal(CircuitPhase.Closed, worker.Knows("well")!.Circuit.Phase);
    }

    [Fact]
    public async Task Two_workers_know_of_an_opening_within_a_second_and_both_stop_their_endpoints()
    {
        await using var riq = (await RiqCluster.Create()).WithCircuit();
        await riq.StartApi();
        var workers = new[] { await riq.StartWorker(), await riq.StartWorker("worker-2") };
        await riq.AllComplete([await riq.Api.Submit()]);
        await riq.Post("circuit", new { state = "open" });
        await Eventually.True(() => workers.All(w => w.Knows()!.Circuit.Phase == CircuitPhase.Open), Second);
        await Eventually.True(() => workers.All(w => w.HasStopped()));

        var tokens = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => riq.Api.Submit(text: $"n{i}")));
        // Ready, not in anybody's hands.
        var broker = workers[0].Services.GetRequiredService<Engine.Outbox.BrokerPublisher>();
        await Eventually.True(async () => await broker.CountReady("riq.fake.normal") == 10);
        Assert.Single(riq.Service.Calls);
        foreach (var token in tokens) Assert.Equal(("queued", 0), await riq.Waits(token));

        await riq.Post("circuit", new { state = "auto" });   // a trial at once
        await riq.AllComplete(tokens);
        Assert.Single(riq.Service.Probes);
        await Eventually.True(() => !workers.Any(w => w.HasStopped()));
    }

    [Fact]
    public async Task A_circuit_that_is_kept_closed_stays_closed_whatever_fails()
    {
        await using var riq = (await RiqCluster.Create()).WithCircuit();
        await riq.StartApi();
        var worker = await riq.StartWorker();
        await riq.Post("circuit", new { state = "closed" });
        await Eventually.True(() => worker.Knows()?.Circuit.Forced == CircuitPhase.Closed);
        riq.Service.Fails();
        var token = await riq.Api.Submit("fake.read", more: new { max_retries = 9 });
        Assert.Equal("dead", (await riq.Api.End(token, TimeSpan.FromSeconds(90))).GetProperty("status").GetString());
        Assert.Equal(10, riq.Service.Calls.Count);
        Assert.Equal("closed", await riq.Circuit());
        Assert.Empty(riq.Service.Probes);
    }

    [Fact]
    public async Task A_worker_that_can_not_read_the_state_holds_its_work_and_hears_of_what_happened_meanwhile()
    {
        await using var riq = (await RiqCluster.Create()).WithCircuit(openFor: "00:10:00");
        await riq.StartApi();
        var lines = riq.NewLines();
        var worker = await riq.StartWorker("worker-1", lines);
        await riq.AllComplete([await riq.Api.Submit()]);
        lines.Postgres.Cut();
        var gate = worker.Services.GetRequiredService<Gates>().Of("fake");
        await Eventually.True(() => gate.State == GateState.Held);
        var token = await riq.Api.Submit(text: "held");
        await Eventually.True(() => gate.Waiting == 1);
        await riq.Post("circuit", new { state = "open" });
        lines.Postgres.Restore();

        await Eventually.Value(() => riq.Stored(token), r => r.Deferrals == 1);
        await Eventually.True(() => worker.HasStopped());
        Assert.Single(riq.Service.Calls);
        await riq.Post("circuit", new { state = "closed" });
        await riq.AllComplete([token]);
        Assert.Equal(0, (await riq.Stored(token)).RetryCount);
        Assert.Empty(await riq.FaultQueues());
    }

    [Fact]
    public async Task Other_programs_hear_of_it_over_the_bus()
    {
        await using var riq = (await RiqCluster.Create()).WithCircuit();
        await riq.StartApi();
        await riq.StartWorker();
        var (opened, closed) = (new TaskCompletionSource<CircuitOpened>(), new TaskCompletionSource<CircuitClosed>());
        var bus = MassTransit.Bus.Factory.CreateUsingRabbitMq(b =>
        {
            b.Host(new Uri(riq.Broker.Uri));
            b.ReceiveEndpoint("listener", e =>
            {
                e.Handler<CircuitOpened>(c => { opened.TrySetResult(c.Message); return Task.CompletedTask; });
                e.Handler<CircuitClosed>(c => { closed.TrySetResult(c.Message); return Task.CompletedTask; });
            });
        });
        await bus.StartAsync(CancellationToken.None);
        try
        {
            riq.Service.Fails();
            await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => riq.Api.Submit("fake.read", more: new { max_retries = 20 })));
            var happened = await opened.Task.WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(("fake", null, TimeSpan.FromSeconds(2)), (happened.Service, happened.By, happened.Until - happened.At));
            riq.Service.Works();
            var ended = await closed.Task.WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(("fake", null), (ended.Service, ended.By));
            Assert.True(ended.At >= happened.Until);
        }
        finally { await bus.StopAsync(CancellationToken.None); }
    }

    static Task<long> Retries(RiqCluster riq) => riq.Database.Scalar<long>("select sum(retry_count)::bigint from queue_requests");
}
