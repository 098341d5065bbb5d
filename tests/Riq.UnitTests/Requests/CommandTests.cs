using System.Text.Json;
using Riq.Contracts;
using Riq.Engine.Requests;

namespace Riq.UnitTests.Requests;

/// <summary>What clients and operators can do to a request, and what time does to it.</summary>
public class CommandTests
{
    readonly RequestLife _life = Life.Of();

    [Fact]
    public async Task Cancelling_a_queued_request_fails_it_and_says_by_whom()
    {
        var request = Life.Request(RequestStatus.Queued);
        request.WaitingFor = WaitingFor.Retry;
        Assert.True(await _life.Raise(request, _life.Machine.Cancelled, new Cancelled("anna")));
        AssertCalledOff(request, ErrorCodes.Cancelled, "cancelled", "anna");
    }

    [Fact]
    public async Task Cancelling_over_the_bus_is_the_same()
    {
        var request = Life.Request(RequestStatus.Queued);
        Assert.True(await _life.Raise(request, _life.Machine.CancelCommand, new CancelRequest(request.Token)));
        AssertCalledOff(request, ErrorCodes.Cancelled, "cancelled", "bus");
    }

    [Fact]
    public async Task An_expired_request_fails()
    {
        var request = Life.Request(RequestStatus.Queued);
        Assert.True(await _life.Raise(request, _life.Machine.Expired, new Expired()));
        AssertCalledOff(request, ErrorCodes.Expired, "expired", null);
    }

    static void AssertCalledOff(QueueRequest request, string code, string happened, string? by)
    {
        Assert.Equal((RequestStatus.Failed, 7, null), (request.Status, request.Attempt, request.WaitingFor));
        Assert.Equal(new Transition(happened, RequestStatus.Queued) { Attempt = 7, ErrorCode = code, By = by }, request.Pending);
        Assert.Equal(code, JsonSerializer.Deserialize<JsonElement>(request.Error!).GetProperty("code").GetString());
    }

    [Theory]
    [InlineData(RequestStatus.Failed), InlineData(RequestStatus.Dead)]
    public async Task A_retry_by_an_operator_starts_afresh_but_for_the_fencing_number(string status)
    {
        var request = Life.Request(status);
        (request.RetryCount, request.WaitingFor, request.ExpiresAt) = (3, WaitingFor.Retry, DateTime.UnixEpoch);
        Assert.True(await _life.Raise(request, _life.Machine.RetryRequested, new RetryRequested("anna")));
        Assert.Equal((RequestStatus.Queued, 0, 8), (request.Status, request.RetryCount, request.Attempt));
        Assert.Equal((null, null, null, null), (request.Error, request.Result, request.WaitingFor, request.ExpiresAt));
        Assert.Equal(new Transition("retry_requested", status) { Attempt = 7, NextAttemptIn = TimeSpan.Zero, By = "anna" }, request.Pending);
    }

    [Fact]
    public async Task A_retried_request_has_all_its_retries_again()
    {
        var request = Life.Request(RequestStatus.Dead, maxRetries: 1);
        request.RetryCount = 1;
        await _life.Raise(request, _life.Machine.RetryRequested, new RetryRequested("anna"));
        request.Claim();
        await _life.Fail(request, Life.Failure(ErrorCodes.Timeout));
        Assert.Equal(RequestStatus.Queued, request.Status);
    }

    [Fact]
    public async Task A_dead_letter_is_retried_over_the_bus()
    {
        var request = Life.Request(RequestStatus.Dead);
        Assert.True(await _life.Raise(request, _life.Machine.RetryCommand, new RetryDeadLetter(request.Token)));
        Assert.Equal((RequestStatus.Queued, "bus"), (request.Status, request.Pending!.By));
    }

    [Theory]
    [InlineData("""{"code":"TIMEOUT","message":"m","details":{"outcome":"unknown"}}""")]
    [InlineData("""{"code": "TIMEOUT", "details": {"outcome": "unknown"}, "message": "m"}""")]   // as Postgres writes jsonb
    public async Task A_dead_letter_with_an_unknown_outcome_refuses_a_plain_retry(string error)
    {
        var request = Life.Request(RequestStatus.Dead, error: error);
        var before = Life.Facts(request);
        Assert.False(await _life.Raise(request, _life.Machine.RetryCommand, new RetryDeadLetter(request.Token)));
        Assert.Null(request.Pending);
        Assert.Equal(before, Life.Facts(request));
    }

    [Fact]
    public async Task Only_dead_letters_listen_to_RetryDeadLetter()
    {
        foreach (var status in RequestStatus.All.Where(s => s != RequestStatus.Dead))
        {
            var request = Life.Request(status);
            Assert.False(await _life.Raise(request, _life.Machine.RetryCommand, new RetryDeadLetter(request.Token)));
            Assert.Equal(status, request.Status);
        }
    }

    [Theory]
    [InlineData("It said \"outcome\" to us.")]
    [InlineData("{\"outcome\":\"unknown\"}")]
    public void A_message_of_the_service_never_makes_an_outcome_unknown(string message)
    {
        var request = Life.Request(RequestStatus.Dead, error: RequestError.From(new(ErrorCodes.Timeout, message), exhausted: true).ToJson());
        Assert.False(RequestStateMachine.HasUnknownOutcome(request));
    }

    [Fact]
    public void A_field_of_the_service_that_is_called_outcome_never_makes_an_outcome_unknown()
    {
        var details = JsonSerializer.Deserialize<JsonElement>("""{"outcome":"Outcome is required."}""");
        var request = Life.Request(RequestStatus.Dead, error: RequestError.From(new(ErrorCodes.Conflict, "m") { Details = details }, exhausted: true).ToJson());
        Assert.False(RequestStateMachine.HasUnknownOutcome(request));
    }
}
