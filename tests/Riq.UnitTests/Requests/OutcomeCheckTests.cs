using System.Text.Json;
using FsCheck.Xunit;
using Riq.Contracts;
using Riq.Engine;
using Riq.Engine.Requests;

namespace Riq.UnitTests.Requests;

/// <summary>A write whose outcome is unclear is looked for first, and repeated only when it is known not to have happened.</summary>
public class OutcomeCheckTests
{
    static readonly TimeSpan Quiet = Life.Plan.QuietAfter;
    static readonly EffectSearch.NotFound Nothing = new();
    readonly RequestLife _life = Life.Of();

    static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    [Fact]
    public async Task An_unclear_write_goes_back_to_the_queue_to_be_looked_for_and_costs_no_retry()
    {
        var request = Life.Request(RequestStatus.Processing);
        Assert.True(await _life.Fail(request, Life.Failure(ErrorCodes.Timeout, unclear: true, repeatSafe: false, plan: Life.Plan)));
        Assert.Equal((RequestStatus.Queued, NextStep.ClearUp, WaitingFor.OutcomeCheck), (request.Status, request.NextStep, request.WaitingFor));
        Assert.Equal((0, 0, 8), (request.RetryCount, request.Deferrals, request.Attempt));
        var pending = request.Pending!;
        Assert.Equal(("outcome_unclear", Seconds(1), true, true), (pending.Event, pending.NextAttemptIn, pending.BecomesUnclear, pending.EndsAttempt));
    }

    [Fact]
    public async Task A_write_whose_worker_died_is_looked_for_in_the_same_way()
    {
        var request = Life.Request(RequestStatus.Processing);
        Assert.True(await _life.Raise(request, _life.Machine.LeaseLost, new LeaseLost(false) { Plan = Life.Plan }));
        Assert.Equal((RequestStatus.Queued, NextStep.ClearUp, 1, 0), (request.Status, request.NextStep, request.Crashes, request.RetryCount));
        Assert.True(request.Pending!.BecomesUnclear);
    }

    [Fact]
    public async Task A_clear_failure_is_retried_without_looking()
    {
        var request = Life.Request(RequestStatus.Processing);
        await _life.Fail(request, Life.Failure(ErrorCodes.ServiceUnavailable, unclear: false, repeatSafe: false, plan: Life.Plan));
        Assert.Equal((RequestStatus.Queued, NextStep.Execute, 1), (request.Status, request.NextStep, request.RetryCount));
    }

    [Fact]
    public async Task What_is_found_is_the_result()
    {
        var request = Life.Checked(Seconds(1));
        Assert.True(await _life.Check(request, Life.Answer(new EffectSearch.Found(JsonSerializer.SerializeToElement(new { id = "MD-7" })))));
        Assert.Equal((RequestStatus.Completed, """{"id":"MD-7"}""", "found"), (request.Status, request.Result, request.Pending!.Event));
        Assert.Null(request.Error);
    }

    [Theory]
    [InlineData(0, 1), InlineData(1, 1), InlineData(1.5, 0.5), InlineData(2, 2), InlineData(4, 6.05), InlineData(9.99, 0.06)]
    public async Task Nothing_found_before_the_end_of_the_quiet_period_proves_nothing(double elapsed, double wait)
    {
        var request = Life.Checked(Seconds(elapsed));
        Assert.True(await _life.Check(request, Life.Answer(Nothing)));
        Assert.Equal((RequestStatus.Queued, NextStep.ClearUp, "not_found_yet", 0), (request.Status, request.NextStep, request.Pending!.Event, request.RetryCount));
        Assert.Equal(wait, request.Pending!.NextAttemptIn!.Value.TotalSeconds, 3);
    }

    [Fact]
    public async Task Nothing_found_after_the_quiet_period_repeats_the_write_at_the_cost_of_a_retry()
    {
        var request = Life.Checked(Quiet);
        Assert.True(await _life.Check(request, Life.Answer(Nothing)));
        Assert.Equal((RequestStatus.Queued, NextStep.Execute, "not_found", 1), (request.Status, request.NextStep, request.Pending!.Event, request.RetryCount));
        Assert.Equal(TimeSpan.Zero, request.Pending!.NextAttemptIn);
        Assert.Null(request.WaitingFor);
    }

    [Fact]
    public async Task The_death_of_a_worker_costs_the_repetition_no_retry()
    {
        var request = Life.Checked(Quiet, maxRetries: 0);
        request.Error = RequestError.From(RequestError.WorkerDied).ToJson();
        Assert.True(await _life.Check(request, Life.Answer(Nothing)));
        Assert.Equal((RequestStatus.Queued, NextStep.Execute, 0), (request.Status, request.NextStep, request.RetryCount));
    }

    [Fact]
    public async Task Without_a_retry_left_it_ends_dead_and_everybody_knows_that_nothing_happened()
    {
        var request = Life.Checked(Quiet, maxRetries: 0);
        Assert.True(await _life.Check(request, Life.Answer(Nothing)));
        Assert.Equal((RequestStatus.Dead, "retries_exhausted"), (request.Status, request.Pending!.Event));
        Assert.False(RequestStateMachine.HasUnknownOutcome(request));
        Assert.Contains("\"retries_exhausted\":true", request.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_retry_after_that_looks_once_more_because_the_effect_may_have_shown_since()
    {
        var request = Life.Checked(Quiet, maxRetries: 0);
        await _life.Check(request, Life.Answer(Nothing));
        Assert.True(await _life.Raise(request, _life.Machine.RetryRequested, new RetryRequested("anna")));
        Assert.Equal((RequestStatus.Queued, NextStep.ClearUp, WaitingFor.OutcomeCheck), (request.Status, request.NextStep, request.WaitingFor));
    }

    [Theory, InlineData(ErrorCodes.Timeout), InlineData(ErrorCodes.ServiceUnavailable)]
    public async Task An_unclear_attempt_of_a_write_that_bears_repetition_is_remembered_for_the_repetition(string code)
    {
        foreach (var unclear in new[] { true, false })
        {
            var request = Life.Request(RequestStatus.Processing);
            Assert.True(await _life.Raise(request, _life.Machine.AttemptFailed, new AttemptFailed(new(code, "No answer.") { Unclear = unclear }, RepeatSafe: true)));
            Assert.Equal((RequestStatus.Queued, NextStep.Execute, unclear), (request.Status, request.NextStep, request.Pending!.BecomesUnclear));
        }
    }

    [Fact]
    public async Task Candidates_are_left_to_a_person()
    {
        var request = Life.Checked(Seconds(1));
        Assert.True(await _life.Check(request, Life.Answer(new EffectSearch.Ambiguous([new("77") { Title = "Plan" }, new("78")]))));
        Assert.Equal((RequestStatus.Dead, NextStep.ClearUp), (request.Status, request.NextStep));
        var details = JsonDocument.Parse(request.Error!).RootElement.GetProperty("details");
        Assert.Equal("unknown", details.GetProperty("outcome").GetString());
        Assert.Equal(["77", "78"], details.GetProperty("candidates").EnumerateArray().Select(c => c.GetProperty("id").GetString()));
    }

    [Theory]
    [InlineData(59.9, ErrorCodes.ServiceUnavailable, RequestStatus.Queued), InlineData(60, ErrorCodes.ServiceUnavailable, RequestStatus.Dead)]
    [InlineData(60, ErrorCodes.Forbidden, RequestStatus.Dead), InlineData(600, ErrorCodes.RateLimited, RequestStatus.Queued), InlineData(600, ErrorCodes.AuthFailed, RequestStatus.Queued)]
    public async Task A_service_that_does_not_say_is_asked_until_the_limit(double elapsed, string code, string status)
    {
        var request = Life.Checked(Seconds(elapsed));
        Assert.True(await _life.Check(request, Life.NoAnswer(code)));
        Assert.Equal((status, status == RequestStatus.Dead), (request.Status, RequestStateMachine.HasUnknownOutcome(request)));
        Assert.Equal((NextStep.ClearUp, 0), (request.NextStep, request.RetryCount));
    }

    [Fact]
    public async Task A_service_that_asks_for_time_gets_it()
    {
        var request = Life.Checked(Seconds(1));
        await _life.Check(request, Life.NoAnswer(ErrorCodes.RateLimited, retryAfter: Seconds(20)));
        Assert.Equal(Seconds(20), request.Pending!.NextAttemptIn);
    }

    [Fact]
    public async Task A_check_whose_time_is_not_known_repeats_nothing()
    {
        var request = Life.Checked(Quiet);
        request.UnclearSince = null;
        await _life.Check(request, Life.Answer(Nothing));
        Assert.Equal((RequestStatus.Queued, NextStep.ClearUp), (request.Status, request.NextStep));
    }

    [Fact]
    public async Task A_request_that_is_looked_for_is_neither_cancelled_nor_expired()
    {
        var request = Life.Request(RequestStatus.Queued);
        request.NextStep = NextStep.ClearUp;
        Assert.False(await _life.Raise(request, _life.Machine.Cancelled, new Cancelled("local")));
        Assert.False(await _life.Raise(request, _life.Machine.CancelCommand, new CancelRequest(request.Token)));
        Assert.False(await _life.Raise(request, _life.Machine.Expired, new Expired()));
    }

    [Fact]
    public async Task What_was_being_looked_for_is_still_looked_for_after_an_operator_s_retry_but_not_when_it_is_sent_again()
    {
        foreach (var (again, step) in new[] { (false, NextStep.ClearUp), (true, NextStep.Execute) })
        {
            var request = Life.Request(RequestStatus.Dead, error: Life.Error(ErrorCodes.Timeout, unknown: true));
            request.NextStep = NextStep.ClearUp;
            Assert.True(again ? await _life.Raise(request, _life.Machine.SentAgain, new SentAgain("anna")) : await _life.Raise(request, _life.Machine.RetryRequested, new RetryRequested("anna")));
            Assert.Equal((RequestStatus.Queued, step), (request.Status, request.NextStep));
        }
    }

    [Fact]
    public void A_service_that_refuses_duplicates_needs_no_quiet_period()
    {
        var declaration = new OperationDeclaration("a.write", OperationKind.Write, "Writes.", new(), Seconds(30), RepeatSafe: false);
        Assert.Null(OutcomeCheckPlan.Of(declaration, new()));
        Assert.Null(OutcomeCheckPlan.Of(null, new()));
        var plan = OutcomeCheckPlan.Of(declaration with { ClearingUp = new([Seconds(0)], TimeSpan.Zero) }, new() { QuietPeriod = Seconds(9) })!;
        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), (plan.QuietAfter, plan.First));
        plan = OutcomeCheckPlan.Of(declaration with { ClearingUp = new([Seconds(1)], Seconds(120)) }, new() { Timeout = Seconds(3) })!;
        Assert.Equal((Seconds(123), Seconds(1)), (plan.QuietAfter, plan.First));
        Assert.Equal(Seconds(39), OutcomeCheckPlan.Of(declaration with { ClearingUp = new([Seconds(1)], Seconds(120)) }, new() { QuietPeriod = Seconds(9) })!.QuietAfter);
    }

    [Property(MaxTest = 500)]
    public async Task No_second_execution_begins_before_the_quiet_period_is_over_and_it_comes_to_an_end(byte[] happenings, byte maxRetries)
    {
        var request = Life.Request(RequestStatus.Queued, maxRetries % 5);
        var now = DateTime.UnixEpoch;
        DateTime? lastExecution = null;
        for (var step = 0; !RequestStatus.IsEnd(request.Status); step++)
        {
            Assert.True(step < 200 * (request.MaxRetries + 5), "it does not come to an end");
            var what = happenings.Length == 0 ? 0 : happenings[step % happenings.Length];
            request.Claim();
            request.StartedAt = now;
            if (request.NextStep == NextStep.Execute)
            {
                if (lastExecution is { } last) Assert.True(now - last >= Quiet, $"executed again after {now - last}");
                now += Seconds(what % 7);
                lastExecution = now;
                Assert.True(what % 2 == 0 ? await _life.Raise(request, _life.Machine.LeaseLost, new LeaseLost(false) { Plan = Life.Plan })
                    : await _life.Fail(request, Life.Failure(ErrorCodes.Timeout, unclear: true, repeatSafe: false, plan: Life.Plan)));
            }
            else
            {
                Assert.True(what % 5 == 0 ? await _life.Raise(request, _life.Machine.LeaseLost, new LeaseLost(false) { Plan = Life.Plan })
                    : what % 5 == 1 ? await _life.Raise(request, _life.Machine.HandedBack, new HandedBack("shutdown"))
                    : what % 5 == 2 ? await _life.Check(request, Life.NoAnswer(ErrorCodes.ServiceUnavailable))
                    : await _life.Check(request, Life.Answer(Nothing)));
                if (request.Status == RequestStatus.Queued && what % 5 == 1) now += Seconds(1);
            }
            if (request.Pending!.BecomesUnclear) request.UnclearSince = now;
            now += request.Pending.NextAttemptIn ?? TimeSpan.Zero;
            if (happenings.Length > 0 && happenings.All(h => h % 5 == 1) && step > 50) return;   // a deploy after the other decides nothing
        }
    }
}
