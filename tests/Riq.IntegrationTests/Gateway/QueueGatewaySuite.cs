using System.Diagnostics;
using System.Text.Json;
using Riq.Contracts;
using Riq.IntegrationTests.Api;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;

namespace Riq.IntegrationTests.Gateway;

/// <summary>What every way into RIQ does: over HTTP, over the bus, and inside a process.</summary>
public abstract class QueueGatewaySuite(RunningCluster cluster) : IAsyncLifetime
{
    protected static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    protected RunningCluster Cluster => cluster;

    protected IQueueGateway Gateway { get; private set; } = null!;

    protected abstract Task<IQueueGateway> Open();

    public virtual async Task InitializeAsync()
    {
        cluster.Service.Answer = (call, _) => Task.FromResult(FakeService.Ok(call.Payload));
        Gateway = await Open();
    }

    public virtual Task DisposeAsync() => Task.CompletedTask;

    protected static SubmitRequest Write(string text = "hello", string operation = "fake.write") => SubmitRequest.For(operation, new { text });

    static string Echo(RequestState state) => state.Result!.Value.GetProperty("echo").GetString()!;

    static SubmissionReceipt Accepted(QueueAnswer<SubmissionReceipt> answer) => answer.Value ?? throw new InvalidOperationException(answer.Refusal!.ToString());

    static RequestState State(QueueAnswer<RequestState> answer) => answer.Value ?? throw new InvalidOperationException(answer.Refusal!.ToString());

    [Fact]
    public async Task A_submission_gets_a_token_at_once_and_its_result_when_it_is_there()
    {
        var held = new HeldCalls(cluster.Service);
        var receipt = Accepted(await Gateway.Submit(Write()));
        Assert.StartsWith("req_", receipt.Token, StringComparison.Ordinal);
        Assert.StartsWith("ct_", receipt.ConsistencyToken, StringComparison.Ordinal);
        Assert.True(receipt.RequiresConfirmation);

        var waiting = Gateway.Get(receipt.Token, Long);
        await Eventually.True(() => held.Arrived == 1);
        Assert.False(waiting.IsCompleted);
        held.Release();
        var state = State(await waiting);
        Assert.Equal(("completed", "hello", 1, receipt.Token), (state.Status, Echo(state), state.Attempts, state.Token));
    }

    [Fact]
    public async Task A_submission_that_waits_comes_back_with_the_end()
    {
        var receipt = Accepted(await Gateway.Submit(Write("waited for"), Long));
        Assert.True(receipt.State!.Completed);
        Assert.Equal("waited for", Echo(receipt.State));
        Assert.StartsWith("ct_", receipt.ConsistencyToken, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wait_that_is_over_tells_how_it_stands()
    {
        var held = new HeldCalls(cluster.Service);
        var watch = Stopwatch.StartNew();
        var receipt = Accepted(await Gateway.Submit(Write(), TimeSpan.FromSeconds(1)));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0.9, 20);
        Assert.False(receipt.State!.Ended);
        Assert.False(State(await Gateway.Get(receipt.Token)).Ended);
        held.Release();
        Assert.True(State(await Gateway.Get(receipt.Token, Long)).Completed);
    }

    [Fact]
    public async Task The_same_key_is_the_same_request()
    {
        var submission = Write() with { IdempotencyKey = $"same-{Guid.NewGuid():N}" };
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Gateway.Submit(submission)));
        Assert.Single(answers.Select(a => Accepted(a).Token).Distinct());
    }

    [Fact]
    public async Task Without_a_key_every_submission_is_a_request()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Gateway.Submit(Write())));
        Assert.Equal(5, answers.Select(a => Accepted(a).Token).Distinct().Count());
    }

    [Fact]
    public async Task A_key_with_other_content_is_refused()
    {
        var submission = Write() with { IdempotencyKey = $"other-{Guid.NewGuid():N}" };
        Accepted(await Gateway.Submit(submission));
        var refusal = (await Gateway.Submit(Write("changed") with { IdempotencyKey = submission.IdempotencyKey })).Refusal!;
        Assert.Equal(RefusalKind.Invalid, refusal.Kind);
        Assert.Contains("key", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_named_at_once()
    {
        var refusal = (await Gateway.Submit(SubmitRequest.For("fake.write", new { number = "x" }) with { Priority = "urgent", MaxRetries = 99 }, Long)).Refusal!;
        Assert.Equal(RefusalKind.Invalid, refusal.Kind);
        Assert.Equal(["max_retries", "payload.number", "payload.text", "priority"], refusal.Errors.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("payload.text is required", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_is_told_with_its_reason()
    {
        cluster.Service.Answer = (_, _) => Task.FromResult(FakeService.Fail(ErrorCodes.Forbidden, "Not for you.", 403));
        var state = Accepted(await Gateway.Submit(Write(), Long)).State!;
        Assert.Equal(("failed", ErrorCodes.Forbidden, "Not for you.", 403), (state.Status, state.Error!.Code, state.Error.Message, state.Error.HttpStatus));
    }

    [Theory]
    [InlineData("req_00000000000000000000000000000000")]
    [InlineData("nonsense/../x")]
    public async Task An_unknown_token_is_not_found(string token)
    {
        Assert.Equal(RefusalKind.NotFound, (await Gateway.Get(token, Long)).Refusal!.Kind);
        Assert.Equal(RefusalKind.NotFound, (await Gateway.Cancel(token)).Refusal!.Kind);
    }

    [Fact]
    public async Task What_no_worker_has_taken_can_be_called_off_and_nothing_else()
    {
        var held = new HeldCalls(cluster.Service);
        var running = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Gateway.Submit(Write("fills the gate"))));
        await Eventually.True(() => held.Arrived == 5);
        var queued = Accepted(await Gateway.Submit(Write("called off"))).Token;
        var state = State(await Gateway.Cancel(queued));
        Assert.Equal(("failed", ErrorCodes.Cancelled), (state.Status, state.Error!.Code));
        Assert.Equal(state.Error, State(await Gateway.Cancel(queued)).Error);   // as a caller does whose first answer got lost
        Assert.Equal(RefusalKind.Conflict, (await Gateway.Cancel(Accepted(running[0]).Token)).Refusal!.Kind);
        held.Release();
    }

    [Fact]
    public async Task Many_are_answered_in_their_order_and_a_bad_one_refuses_only_itself()
    {
        var submissions = Enumerable.Range(0, 1_100).Select(i => Write($"number {i}")).ToArray();
        submissions[700] = SubmitRequest.For("fake.fly", new { text = "x" });
        var answers = await Gateway.SubmitMany(submissions);
        Assert.Equal(1_100, answers.Count);
        Assert.Equal([700], answers.Select((a, i) => (a, i)).Where(p => !p.a.Ok).Select(p => p.i));
        Assert.Contains("operation", answers[700].Refusal!.Errors.Keys);
        Assert.Equal(1_099, answers.Where(a => a.Ok).Select(a => a.Value!.Token).Distinct().Count());
        foreach (var i in new[] { 0, 499, 500, 1_099 }) Assert.Equal($"number {i}", Echo(State(await Gateway.Get(Accepted(answers[i]).Token, Long))));
    }

    [Fact]
    public async Task Nothing_at_all_is_answered_with_nothing() => Assert.Empty(await Gateway.SubmitMany([]));

    [Fact]
    public async Task A_caller_that_gives_up_waits_no_longer_and_calls_nothing_off()
    {
        var held = new HeldCalls(cluster.Service);
        var token = Accepted(await Gateway.Submit(Write())).Token;
        using var given = new CancellationTokenSource();
        var waiting = Gateway.Get(token, Long, given.Token);
        await Eventually.True(() => held.Arrived == 1);
        await given.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        held.Release();
        Assert.True(State(await Gateway.Get(token, Long)).Completed);
    }
}
