using FsCheck.Xunit;
using Riq.Engine.Gate;

namespace Riq.UnitTests.Gate;

/// <summary>The rule against the plainest model of itself: a list of every call that counts.</summary>
public class CircuitRuleProperties
{
    static readonly DateTime Start = new(2026, 5, 4, 12, 0, 0, DateTimeKind.Utc);

    [Property(MaxTest = 1000)]
    public void Whatever_happens_in_whatever_order_it_is_open_when_it_must_be_and_one_process_tries(byte failures, byte window, byte ratio, byte[] steps)
    {
        var options = new CircuitOptions { Failures = 1 + failures % 6, Window = TimeSpan.FromSeconds(1 + window % 20), Ratio = (1 + ratio % 10) / 10.0, OpenFor = TimeSpan.FromSeconds(5) };
        Assert.Empty(options.Problems("x"));
        var rule = new CircuitRule(options);
        var (circuit, now) = (Circuit.New, Start);
        var calls = new List<(DateTime At, bool Failed)>();
        foreach (var step in steps)
        {
            var before = circuit;
            switch (step % 8)
            {
                case 0 or 1 or 2: Call(failed: true); break;
                case 3: Call(failed: false); break;
                case 4: circuit = rule.Count(circuit, now, circuit.Generation - 1, 9, 9); Assert.Same(before, circuit); break;
                case 5: now = now.AddSeconds(step / 8); break;
                case 6: Try($"worker-{step}"); break;
                default: circuit = rule.EndTrial(circuit, now, circuit.Generation, step > 128); Ended(before, step > 128); break;
            }
            Assert.True(ReferenceEquals(before, circuit) || circuit.Phase == before.Phase && circuit.Generation == before.Generation || circuit.Generation == before.Generation + 1, "a change of phase without a new generation");
            if (circuit.Generation != before.Generation) calls.Clear();
            Assert.Equal(circuit.Phase == CircuitPhase.Open, circuit.OpenUntil is not null);
            Assert.Equal(circuit.Phase == CircuitPhase.HalfOpen, circuit.TrialOwner is not null && circuit.TrialUntil is not null);
            Assert.True(circuit.Buckets.Count <= options.Window.TotalSeconds + 1);
        }

        void Call(bool failed)
        {
            var before = circuit;
            circuit = rule.Count(circuit, now, circuit.Generation, 1, failed ? 1 : 0);
            if (before.Phase != CircuitPhase.Closed) { Assert.Same(before, circuit); return; }
            calls.Add((now, failed));
            // All times here are whole seconds, so the window's edge is exact.
            var counting = calls.Where(c => now - c.At <= options.Window).ToArray();
            var failing = counting.Count(c => c.Failed);
            Assert.Equal(failing >= options.Failures && failing >= options.Ratio * counting.Length, circuit.Phase == CircuitPhase.Open);
            if (circuit.Phase == CircuitPhase.Open) Assert.Equal(now + options.OpenFor, circuit.OpenUntil);
        }

        void Try(string owner)
        {
            var before = circuit;
            circuit = rule.BeginTrial(circuit, now, owner);
            var due = before.Phase == CircuitPhase.Open && before.OpenUntil <= now || before.Phase == CircuitPhase.HalfOpen && before.TrialUntil <= now;
            Assert.Equal(due, !ReferenceEquals(before, circuit));
            if (due) Assert.Equal((CircuitPhase.HalfOpen, owner), (circuit.Phase, circuit.TrialOwner));
        }

        void Ended(Circuit before, bool answered)
        {
            if (before.Phase != CircuitPhase.HalfOpen) Assert.Same(before, circuit);
            else Assert.Equal(answered ? CircuitPhase.Closed : CircuitPhase.Open, circuit.Phase);
        }
    }
}
