using Microsoft.Extensions.Time.Testing;
using Riq.Engine.Gate;
using Riq.Engine.Tokens;

namespace Riq.UnitTests.Gate;

/// <summary>A service without a credential that it takes is not called, and one process at a time tries it.</summary>
public class CredentialBlockTests
{
    static readonly DateTime Now = new(2026, 5, 4, 12, 0, 0, DateTimeKind.Utc);

    static ServiceState State(CredentialWait? wait, CircuitPhase phase = CircuitPhase.Closed, ServicePause? pause = null, double? trialIn = null) =>
        new("jira", Now, 1, new(phase, 1) { OpenUntil = trialIn is { } s ? Now.AddSeconds(s) : null }, pause) { Credentials = wait };

    static CredentialWait Refused(double nextTryIn) => new(true, Now.AddSeconds(nextTryIn), "Refused.");

    static ServicePause Pause => new("anna", Now, null, null);

    [Fact]
    public void Its_requests_wait_for_credentials_and_say_when_they_are_tried()
    {
        var block = State(Refused(30)).Block!;
        Assert.True(State(Refused(30)).IsBlocked);
        Assert.Equal(("credentials", Now.AddSeconds(30)), (block.Reason, block.Until));
        Assert.Contains("an operator has entered a new one", block.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("operator", State(new(false, Now, null)).Block!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pause_is_named_first_and_then_the_credential()
    {
        Assert.Equal("paused", State(Refused(30), CircuitPhase.Open, Pause).Block!.Reason);
        Assert.Equal("credentials", State(Refused(30), CircuitPhase.Open).Block!.Reason);
    }

    [Theory]
    [InlineData(30, false), InlineData(0, true), InlineData(-5, true)]
    public void It_is_tried_when_its_time_has_come(double nextTryIn, bool due) => Assert.Equal(due, State(Refused(nextTryIn)).IsCredentialTryDue);

    [Fact]
    public void A_paused_service_is_called_neither_for_a_trial_nor_for_its_credential()
    {
        Assert.False(State(Refused(-1), pause: Pause).IsCredentialTryDue);
        Assert.False(State(null, CircuitPhase.Open, Pause, trialIn: -1).IsTrialDue);
        Assert.True(State(null, CircuitPhase.Open, trialIn: -1).IsTrialDue);
    }

    [Fact]
    public void While_the_circuit_is_open_its_trial_is_the_only_call() => Assert.False(State(Refused(-1), CircuitPhase.Open, trialIn: 60).IsCredentialTryDue);

    [Fact]
    public void What_goes_back_lies_in_the_queue_soon_so_that_a_new_credential_finds_it_there()
    {
        var time = new FakeTimeProvider();
        var view = new ServiceView(time);
        view.Learn(State(Refused(50)), time.GetTimestamp());
        Assert.False(view.MayCall);
        Assert.Equal(("credentials", TimeSpan.FromSeconds(5)), (view.Deferral().Reason, view.Deferral().Delay));
    }

    [Fact]
    public void A_row_about_another_credential_or_a_service_whose_requests_fail_instead_blocks_nothing()
    {
        var auth = new AuthSettings { Type = "bearer", Secret = "a" };
        var seed = auth.Seed("jira");
        Assert.True(auth.WaitsFor("jira", seed));
        Assert.False(new AuthSettings { Type = "bearer", Secret = "b" }.WaitsFor("jira", seed));
        Assert.False(new AuthSettings { Type = "bearer", Secret = "a", FailRequests = true }.WaitsFor("jira", seed));
        Assert.False(new AuthSettings().WaitsFor("jira", new AuthSettings().Seed("jira")));
    }
}
