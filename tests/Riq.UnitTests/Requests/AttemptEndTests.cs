using System.Text.Json;
using Riq.Contracts;
using Riq.Engine.Requests;

namespace Riq.UnitTests.Requests;

/// <summary>What each end of an attempt does to the request.</summary>
public class AttemptEndTests
{
    readonly RequestLife _life = Life.Of();
    readonly QueueRequest _request = Life.Request(RequestStatus.Processing);

    [Fact]
    public async Task A_success_completes_with_its_result_and_without_an_error()
    {
        _request.Error = Life.Error(ErrorCodes.Timeout);
        Assert.True(await _life.Raise(_request, _life.Machine.Succeeded, new Succeeded("""{"id":"MD-1"}""", 201)));
        Assert.Equal((RequestStatus.Completed, """{"id":"MD-1"}""", null), (_request.Status, _request.Result, _request.Error));
        Assert.Equal(new Transition("succeeded", RequestStatus.Processing) { Attempt = 7, EndsAttempt = true, HttpStatus = 201 }, _request.Pending);
        Assert.Equal(7, _request.Attempt);
    }

    [Theory]
    [InlineData(ErrorCodes.NotFound), InlineData(ErrorCodes.ValidationError), InlineData(ErrorCodes.Forbidden), InlineData("SOMETHING_NEW")]
    public async Task A_permanent_error_fails_at_once_whatever_retries_are_left(string code)
    {
        Assert.True(await _life.Fail(_request, Life.Failure(code, httpStatus: 404)));
        Assert.Equal((RequestStatus.Failed, 0, 0, 7), (_request.Status, _request.RetryCount, _request.Deferrals, _request.Attempt));
        Assert.Equal(("failed", code, 404, true), (_request.Pending!.Event, _request.Pending.ErrorCode, _request.Pending.HttpStatus!.Value, _request.Pending.EndsAttempt));
        Assert.Null(_request.Pending.NextAttemptIn);
        var error = Error();
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal(404, error.GetProperty("http_status").GetInt32());
        Assert.False(error.GetProperty("retries_exhausted").GetBoolean());
    }

    [Fact]
    public async Task A_conflict_gives_way_seven_times_for_each_retry_and_then_counts()
    {
        for (var n = 1; n <= 21; n++)
        {
            Assert.True(await _life.Fail(_request, Life.Failure(ErrorCodes.Conflict)));
            Assert.Equal((RequestStatus.Queued, 0, n, "conflicted"), (_request.Status, _request.RetryCount, _request.Deferrals, _request.Pending!.Event));
            _request.Claim();
        }
        for (var n = 1; n <= _request.MaxRetries; n++)
        {
            Assert.True(await _life.Fail(_request, Life.Failure(ErrorCodes.Conflict)));
            Assert.Equal(n, _request.RetryCount);
            _request.Claim();
        }
        Assert.True(await _life.Fail(_request, Life.Failure(ErrorCodes.Conflict)));
        Assert.Equal(RequestStatus.Dead, _request.Status);
    }

    [Fact]
    public async Task A_request_without_retries_does_not_give_way_either()
    {
        _request.MaxRetries = 0;
        Assert.True(await _life.Fail(_request, Life.Failure(ErrorCodes.Conflict)));
        Assert.Equal(RequestStatus.Dead, _request.Status);
    }

    [Theory]
    [InlineData(0, 0.2), InlineData(0.5, 1.1), InlineData(1, 2)]
    public async Task Those_who_collided_come_back_at_different_times(double jitter, double seconds)
    {
        Assert.True(await Life.Of(jitter).Fail(_request, Life.Failure(ErrorCodes.Conflict)));
        Assert.Equal(seconds, _request.Pending!.NextAttemptIn!.Value.TotalSeconds, 3);
    }

    [Theory]
    [InlineData(true, true, RequestStatus.Failed), InlineData(true, false, RequestStatus.Queued), InlineData(false, true, RequestStatus.Queued)]
    public async Task A_refused_credential_ends_a_request_only_when_the_operator_has_set_it_so(bool set, bool refused, string status)
    {
        var error = new AdapterError(ErrorCodes.AuthFailed, "Refused.") { CredentialRefused = refused };
        Assert.True(await _life.Fail(_request, new(error, RepeatSafe: true) { EndsWhenRefused = set }));
        Assert.Equal((status, 0), (_request.Status, _request.RetryCount));
    }

    [Theory]
    [InlineData(ErrorCodes.Timeout), InlineData(ErrorCodes.ServiceUnavailable), InlineData(ErrorCodes.Internal)]
    public async Task A_transient_error_goes_back_to_the_queue_and_uses_up_one_retry(string code)
    {
        Assert.True(await _life.Fail(_request, Life.Failure(code)));
        Assert.Equal((RequestStatus.Queued, 1, 0, 8), (_request.Status, _request.RetryCount, _request.Deferrals, _request.Attempt));
        Assert.Equal(WaitingFor.Retry, _request.WaitingFor);
        Assert.Equal(TimeSpan.FromSeconds(2), _request.Pending!.NextAttemptIn);
        Assert.Equal(7, _request.Pending.Attempt);
        Assert.Equal(code, Error().GetProperty("code").GetString());
    }

    [Fact]
    public async Task Four_attempts_at_2_4_and_8_seconds_then_dead_is_what_three_retries_mean()
    {
        var waits = new List<TimeSpan?>();
        for (var attempt = 1; attempt <= 4; attempt++)
        {
            Assert.True(await _life.Fail(_request, Life.Failure(ErrorCodes.ServiceUnavailable)));
            waits.Add(_request.Pending!.NextAttemptIn);
            if (attempt < 4) _request.Claim();
        }
        Assert.Equal([TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(8), null], waits);
        Assert.Equal(RequestStatus.Dead, _request.Status);
        Assert.Equal("retries_exhausted", _request.Pending!.Event);
        Assert.True(Error().GetProperty("retries_exhausted").GetBoolean());
        Assert.False(RequestStateMachine.HasUnknownOutcome(_request));
    }

    [Fact]
    public async Task Without_retries_the_first_transient_error_is_the_last()
    {
        var request = Life.Request(RequestStatus.Processing, maxRetries: 0);
        Assert.True(await _life.Fail(request, Life.Failure(ErrorCodes.Timeout)));
        Assert.Equal(RequestStatus.Dead, request.Status);
    }

    [Theory]
    [InlineData(0), InlineData(3)]
    public async Task A_dead_letter_shows_no_more_retries_than_it_was_allowed(int maxRetries)
    {
        var request = Life.Request(RequestStatus.Processing, maxRetries);
        while (true)
        {
            await _life.Fail(request, Life.Failure(ErrorCodes.Timeout));
            if (request.Status == RequestStatus.Dead) break;
            request.Claim();
        }
        Assert.Equal(maxRetries, request.RetryCount);
    }

    [Fact]
    public async Task A_429_is_a_deferral_and_never_a_failure_however_often_it_comes()
    {
        for (var times = 1; times <= 50; times++)
        {
            Assert.True(await _life.Fail(_request, Life.Failure(ErrorCodes.RateLimited, httpStatus: 429)));
            Assert.Equal((RequestStatus.Queued, 0, times, 7 + times), (_request.Status, _request.RetryCount, _request.Deferrals, _request.Attempt));
            Assert.Equal(("rate_limited", 429, true), (_request.Pending!.Event, _request.Pending.HttpStatus!.Value, _request.Pending.EndsAttempt));
            Assert.InRange(_request.Pending.NextAttemptIn!.Value, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(60));
            _request.Claim();
        }
    }

    [Fact]
    public async Task A_refused_credential_is_a_deferral_of_a_minute_and_never_a_failure_however_often_it_comes()
    {
        for (var times = 1; times <= 50; times++)
        {
            Assert.True(await _life.Fail(_request, Life.Failure(ErrorCodes.AuthFailed, repeatSafe: false, httpStatus: 401)));
            Assert.Equal((RequestStatus.Queued, 0, times, 7 + times), (_request.Status, _request.RetryCount, _request.Deferrals, _request.Attempt));
            Assert.Equal((WaitingFor.Credentials, TimeSpan.FromMinutes(1)), (_request.WaitingFor, _request.Pending!.NextAttemptIn));
            _request.Claim();
        }
    }

    [Fact]
    public async Task A_refused_credential_waits_until_it_is_tried_again_give_or_take_a_tenth()
    {
        await Life.Of(jitter: 0.5).Fail(_request, Life.Failure(ErrorCodes.AuthFailed, retryAfter: TimeSpan.FromSeconds(20)));
        Assert.Equal(TimeSpan.FromSeconds(21), _request.Pending!.NextAttemptIn);
    }

    [Fact]
    public async Task A_429_waits_as_long_as_the_service_asked()
    {
        await _life.Fail(_request, Life.Failure(ErrorCodes.RateLimited, retryAfter: TimeSpan.FromMinutes(7)));
        Assert.Equal(TimeSpan.FromMinutes(7), _request.Pending!.NextAttemptIn);
        Assert.Equal(420, Error().GetProperty("retry_after").GetDouble());
    }

    [Fact]
    public async Task A_429_does_not_reset_the_retries_used_before()
    {
        await _life.Fail(_request, Life.Failure(ErrorCodes.Timeout));
        _request.Claim();
        await _life.Fail(_request, Life.Failure(ErrorCodes.RateLimited));
        Assert.Equal((1, 1), (_request.RetryCount, _request.Deferrals));
    }

    [Theory]
    [InlineData(ErrorCodes.Timeout), InlineData(ErrorCodes.ServiceUnavailable), InlineData(ErrorCodes.Internal), InlineData(ErrorCodes.NotFound)]
    public async Task An_unclear_write_that_may_not_be_repeated_ends_dead_with_its_outcome_unknown(string code)
    {
        Assert.True(await _life.Fail(_request, Life.Failure(code, unclear: true, repeatSafe: false)));
        Assert.Equal((RequestStatus.Dead, 0, 7), (_request.Status, _request.RetryCount, _request.Attempt));
        Assert.Equal("unknown", Error().GetProperty("details").GetProperty("outcome").GetString());
        Assert.False(Error().GetProperty("retries_exhausted").GetBoolean());
        Assert.Null(_request.Pending!.NextAttemptIn);
        Assert.True(RequestStateMachine.HasUnknownOutcome(_request));
    }

    [Fact]
    public async Task An_unclear_end_of_a_repeat_safe_operation_is_simply_repeated()
    {
        Assert.True(await _life.Fail(_request, Life.Failure(ErrorCodes.Timeout, unclear: true, repeatSafe: true)));
        Assert.Equal((RequestStatus.Queued, 1), (_request.Status, _request.RetryCount));
    }

    [Fact]
    public async Task A_clear_failure_of_a_write_is_repeated_like_any_other()
    {
        Assert.True(await _life.Fail(_request, Life.Failure(ErrorCodes.ServiceUnavailable, unclear: false, repeatSafe: false)));
        Assert.Equal((RequestStatus.Queued, 1), (_request.Status, _request.RetryCount));
    }

    [Fact]
    public async Task Three_deaths_of_a_worker_are_free_and_the_following_count_as_failures()
    {
        (int Retries, int Deferrals)[] expected = [(0, 1), (0, 2), (0, 3), (1, 3), (2, 3), (3, 3)];
        foreach (var (retries, deferrals) in expected)
        {
            Assert.True(await LoseLease());
            Assert.Equal((RequestStatus.Queued, retries, deferrals), (_request.Status, _request.RetryCount, _request.Deferrals));
            Assert.Equal(retries == 0, _request.Pending!.NextAttemptIn == TimeSpan.Zero);
            Assert.Equal(retries == 0, _request.WaitingFor is null);
            _request.Claim();
        }
        Assert.True(await LoseLease());
        Assert.Equal((RequestStatus.Dead, 7), (_request.Status, _request.Crashes));
        Assert.Equal(ErrorCodes.Internal, Error().GetProperty("code").GetString());

        Task<bool> LoseLease() => _life.Raise(_request, _life.Machine.LeaseLost, new LeaseLost(RepeatSafe: true));
    }

    [Fact]
    public async Task A_worker_that_dies_during_a_write_leaves_an_unknown_outcome()
    {
        Assert.True(await _life.Raise(_request, _life.Machine.LeaseLost, new LeaseLost(RepeatSafe: false)));
        Assert.Equal((RequestStatus.Dead, 1), (_request.Status, _request.Crashes));
        Assert.True(RequestStateMachine.HasUnknownOutcome(_request));
        Assert.True(_request.Pending!.EndsAttempt);
    }

    [Theory]
    [InlineData(RequestStatus.Processing, true), InlineData(RequestStatus.Queued, false)]
    public async Task Handing_back_costs_no_retry_and_is_due_at_once(string status, bool endsAttempt)
    {
        var request = Life.Request(status);
        request.RetryCount = 2;
        Assert.True(await _life.Raise(request, _life.Machine.HandedBack, new HandedBack("shutdown")));
        Assert.Equal((RequestStatus.Queued, 2, 1, 8), (request.Status, request.RetryCount, request.Deferrals, request.Attempt));
        Assert.Equal(new Transition("handed_back", status) { Attempt = 7, NextAttemptIn = TimeSpan.Zero, EndsAttempt = endsAttempt, By = "shutdown" }, request.Pending);
    }

    [Fact]
    public async Task A_service_with_its_own_schedule_is_treated_by_it()
    {
        var schedules = new RetrySchedules(new Dictionary<string, RetrySchedule> { ["jira"] = new(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(15)) }, () => 0.5);
        var life = new RequestLife(new(schedules));
        await life.Fail(_request, Life.Failure(ErrorCodes.Timeout));
        Assert.Equal(TimeSpan.FromMilliseconds(15 + 15 / 2d * 0.5), _request.Pending!.NextAttemptIn);
        Assert.Equal(RetrySchedule.Default, schedules.Of("confluence"));
    }

    JsonElement Error() => JsonSerializer.Deserialize<JsonElement>(_request.Error!);
}
