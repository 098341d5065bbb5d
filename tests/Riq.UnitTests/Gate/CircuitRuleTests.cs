using Riq.Engine.Gate;

namespace Riq.UnitTests.Gate;

/// <summary>When the circuit opens, is tried and closes, by the defaults: 5 failures in 60 s, half of the calls, open for 60 s.</summary>
public class CircuitRuleTests
{
    static readonly DateTime Start = new(2026, 5, 4, 12, 0, 0, 500, DateTimeKind.Utc);
    static readonly CircuitRule Rule = new(new());

    static DateTime At(double seconds) => Start.AddSeconds(seconds);

    static Circuit Counted(params (double At, int Calls, int Failures)[] calls) =>
        calls.Aggregate(Circuit.New, (c, x) => Rule.Count(c, At(x.At), 1, x.Calls, x.Failures));

    static Circuit Opened => Counted((0, 5, 5));

    [Fact]
    public void The_fifth_failure_opens_it_for_a_minute()
    {
        Assert.Equal(CircuitPhase.Closed, Counted((0, 4, 4)).Phase);
        var open = Counted((0, 4, 4), (3, 1, 1));
        Assert.Equal((CircuitPhase.Open, 2, At(3), At(63)), (open.Phase, open.Generation, open.OpenedAt, open.OpenUntil));
        Assert.Empty(open.Buckets);
    }

    [Fact]
    public void Half_of_the_calls_must_fail_as_well()
    {
        Assert.Equal(CircuitPhase.Closed, Counted((0, 11, 5)).Phase);
        Assert.Equal(CircuitPhase.Open, Counted((0, 10, 5)).Phase);
        Assert.Equal(CircuitPhase.Open, Counted((0, 11, 5), (1, 1, 1)).Phase);
    }

    [Fact]
    public void Failures_that_are_older_than_the_window_are_forgotten()
    {
        Assert.Equal(CircuitPhase.Open, Counted((0, 4, 4), (59, 1, 1)).Phase);
        Assert.Equal(CircuitPhase.Closed, Counted((0, 4, 4), (62, 1, 1)).Phase);
        // And so are the good calls that would excuse them.
        Assert.Equal(CircuitPhase.Open, Counted((0, 100, 0), (62, 5, 5)).Phase);
    }

    [Fact]
    public void Calls_of_another_generation_or_while_it_is_not_closed_do_not_count()
    {
        Assert.Same(Circuit.New, Rule.Count(Circuit.New, At(0), generation: 2, 9, 9));
        Assert.Same(Circuit.New, Rule.Count(Circuit.New, At(0), generation: 0, 9, 9));
        Assert.Same(Circuit.New, Rule.Count(Circuit.New, At(0), generation: 1, 0, 0));
        var open = Opened;
        Assert.Same(open, Rule.Count(open, At(1), open.Generation, 9, 9));
    }

    [Fact]
    public void A_time_before_the_newest_second_counts_in_it()
    {
        var counted = Counted((10, 1, 0), (5, 2, 1));
        Assert.Equal(new CallBucket[] { new(1777896010, 3, 1) }, counted.Buckets);
    }

    [Fact]
    public void One_process_gets_the_trial_and_only_when_it_is_due()
    {
        var open = Opened;
        Assert.Same(open, Rule.BeginTrial(open, At(59), "a"));
        var trial = Rule.BeginTrial(open, At(60), "a");
        Assert.Equal((CircuitPhase.HalfOpen, 3, "a", At(0)), (trial.Phase, trial.Generation, trial.TrialOwner, trial.OpenedAt));
        Assert.Same(trial, Rule.BeginTrial(trial, At(61), "b"));
        Assert.Same(Circuit.New, Rule.BeginTrial(Circuit.New, At(61), "b"));
    }

    [Fact]
    public void A_trial_that_is_lost_with_its_process_is_made_again_by_another_and_its_late_answer_means_nothing()
    {
        var first = Rule.BeginTrial(Opened, At(60), "a");
        var second = Rule.BeginTrial(first, first.TrialUntil!.Value, "b");
        Assert.Equal((CircuitPhase.HalfOpen, 4, "b"), (second.Phase, second.Generation, second.TrialOwner));
        Assert.Same(second, Rule.EndTrial(second, At(90), first.Generation, answered: true));
        Assert.Equal(CircuitPhase.Closed, Rule.EndTrial(second, At(90), second.Generation, answered: true).Phase);
    }

    [Fact]
    public void An_answer_closes_it_and_none_opens_it_again_for_as_long()
    {
        var trial = Rule.BeginTrial(Opened, At(60), "a");
        var closed = Rule.EndTrial(trial, At(61), trial.Generation, answered: true);
        Assert.Equal(new Circuit(CircuitPhase.Closed, 4) { Buckets = closed.Buckets }, closed);
        Assert.Empty(closed.Buckets);
        var open = Rule.EndTrial(trial, At(61), trial.Generation, answered: false);
        Assert.Equal((CircuitPhase.Open, 4, At(0), At(121), null), (open.Phase, open.Generation, open.OpenedAt, open.OpenUntil, open.TrialOwner));
    }

    [Fact]
    public void An_operator_s_word_stands_until_he_takes_it_back()
    {
        var open = Rule.Force(Circuit.New, At(0), CircuitPhase.Open, "anna");
        Assert.Equal((CircuitPhase.Open, "anna", At(0), null), (open.Phase, open.ForcedBy, open.OpenedAt, open.OpenUntil));
        Assert.Same(open, Rule.BeginTrial(open, At(9999), "a"));
        Assert.Same(open, Rule.Force(open, At(1), CircuitPhase.Open, "ben"));

        var closed = Rule.Force(open, At(10), CircuitPhase.Closed, "anna");
        Assert.Equal((CircuitPhase.Closed, 3), (closed.Phase, closed.Generation));
        Assert.Same(closed, Rule.Count(closed, At(11), closed.Generation, 50, 50));

        var auto = Rule.Force(closed, At(20), null, "anna");
        Assert.Equal((CircuitPhase.Closed, 4, null), (auto.Phase, auto.Generation, auto.Forced));
        Assert.Equal(CircuitPhase.Open, Rule.Count(auto, At(21), 4, 5, 5).Phase);
        Assert.True(Rule.Force(open, At(20), null, "anna").IsTrialDue(At(20)));
        Assert.Same(Circuit.New, Rule.Force(Circuit.New, At(0), null, "anna"));
    }
}
