using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Riq.Contracts;
using Riq.Engine.Gate;

namespace Riq.UnitTests.Gate;

public class ServiceViewTests
{
    static readonly DateTime Now = new(2026, 5, 4, 12, 0, 0, DateTimeKind.Utc);
    readonly FakeTimeProvider _time = new();
    readonly ServiceView _view;

    public ServiceViewTests() => _view = new(_time);

    static ServiceState State(CircuitPhase phase = CircuitPhase.Closed, long generation = 1, double? openFor = null, ServicePause? pause = null, long version = 1) =>
        new("jira", Now, version, new(phase, generation) { OpenUntil = Now + (openFor is { } s ? TimeSpan.FromSeconds(s) : null) }, pause);

    static AdapterResult<JsonElement> Failed(string code, int? status = null) => AdapterResult<JsonElement>.Fail(new(code, "x") { HttpStatus = status });

    void Learn(ServiceState state) => _view.Learn(state, _time.GetTimestamp());

    [Fact]
    public void Nothing_may_be_called_before_the_state_is_known_nor_when_it_was_read_long_ago()
    {
        Assert.False(_view.MayCall);
        Learn(State());
        Assert.True(_view.MayCall);
        _time.Advance(ServiceView.TrustedFor);
        Assert.False(_view.MayCall);
        Learn(State());
        Assert.True(_view.MayCall);
    }

    [Fact]
    public void An_open_or_half_open_circuit_and_a_pause_forbid_calls_until_the_pause_is_over()
    {
        foreach (var blocked in new[] { State(CircuitPhase.Open, openFor: 1), State(CircuitPhase.HalfOpen), State(pause: new("anna", Now, null, null)), State(pause: new("anna", Now, Now.AddSeconds(1), null)) })
        {
            Learn(blocked);
            Assert.False(_view.MayCall);
        }
        Learn(State(pause: new("anna", Now.AddSeconds(-5), Now, null)));
        Assert.True(_view.MayCall);
    }

    [Fact]
    public void A_reading_that_was_overtaken_by_a_change_is_not_believed_and_a_row_that_is_gone_is()
    {
        Learn(State(CircuitPhase.Open, openFor: 9, version: 7));
        Learn(State(version: 6));
        Assert.False(_view.MayCall);
        Learn(State(version: 0));
        Assert.True(_view.MayCall);
    }

    [Theory]
    [InlineData(ErrorCodes.Timeout, null, true), InlineData(ErrorCodes.ServiceUnavailable, 503, true), InlineData(ErrorCodes.ServiceUnavailable, null, true)]
    [InlineData(ErrorCodes.RateLimited, 429, false), InlineData(ErrorCodes.NotFound, 404, false), InlineData(ErrorCodes.AuthFailed, 401, false), InlineData(ErrorCodes.Conflict, 409, false)]
    [InlineData(ErrorCodes.Internal, null, null), InlineData(ErrorCodes.ValidationError, null, null)]
    public void Only_what_the_service_did_not_do_is_its_failure(string code, int? status, bool? failure) => Assert.Equal(failure, Failed(code, status).Error!.IsServiceFailure);

    [Fact]
    public void Counts_are_taken_once_and_those_of_an_older_generation_are_dropped()
    {
        _view.Count(1, calls: 1, failures: 1);
        _view.Count(1, calls: 1, failures: 0);
        _view.Count(1, calls: 0, failures: 0);
        Assert.Equal(new CallCounts(1, 2, 1), _view.TakeCounts());
        Assert.Equal(new CallCounts(1, 0, 0), _view.TakeCounts());
        _view.Count(1, calls: 1, failures: 1);
        _view.Count(2, calls: 1, failures: 1);
        _view.Count(1, calls: 1, failures: 1);
        Assert.Equal(new CallCounts(2, 1, 1), _view.TakeCounts());
    }

    [Theory]
    [InlineData(20.0, 0, 20), InlineData(20.0, 15, 5), InlineData(20.0, 25, 1), InlineData(900.0, 0, 60), InlineData(null, 0, 5)]
    public void What_goes_back_is_due_when_the_service_will_probably_be_called_again(double? openFor, int later, int delay)
    {
        Learn(State(CircuitPhase.Open, openFor: openFor));
        _time.Advance(TimeSpan.FromSeconds(later));
        Assert.Equal(("circuit", TimeSpan.FromSeconds(delay)), (_view.Deferral().Reason, _view.Deferral().Delay));
    }

    [Fact]
    public void A_pause_is_named_before_the_circuit_and_the_later_end_counts()
    {
        Learn(State(CircuitPhase.Open, openFor: 20, pause: new("anna", Now, Now.AddSeconds(10), null)));
        Assert.Equal(("paused", 20.0), (_view.Deferral().Reason, _view.Deferral().Delay.TotalSeconds));
        Learn(State(CircuitPhase.Open, openFor: 20, pause: new("anna", Now, null, null)));
        Assert.Equal(5, _view.Deferral().Delay.TotalSeconds);
    }
}
