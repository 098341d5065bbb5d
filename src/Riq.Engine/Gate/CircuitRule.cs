namespace Riq.Engine.Gate;

/// <summary>
/// When a circuit opens and closes. Pure: <c>now</c> is the database's time, and the caller holds the row's lock. What has
/// no effect returns the very same instance.
/// </summary>
sealed class CircuitRule(CircuitOptions options)
{
    /// <summary>How long a probe may take.</summary>
    public static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>When another process may try again: the probe's time and as much as storing its answer may take.</summary>
    static readonly TimeSpan TrialLimit = ProbeTimeout + TimeSpan.FromSeconds(5);

    /// <summary>Adds calls that were begun in <paramref name="generation"/>; enough failures among them open the circuit.</summary>
    public Circuit Count(Circuit circuit, DateTime now, long generation, int calls, int failures)
    {
        if (circuit.Phase != CircuitPhase.Closed || circuit.Forced is not null || circuit.Generation != generation || calls == 0) return circuit;
        var counted = circuit with { Buckets = Add(circuit.Buckets, now, calls, failures) };
        return TooMany(counted.Buckets) ? Open(counted, now) : counted;
    }

    /// <summary>Gives the one trial to <paramref name="owner"/>, if one is due.</summary>
    public Circuit BeginTrial(Circuit circuit, DateTime now, string owner) => !circuit.IsTrialDue(now) ? circuit
        : Next(circuit, CircuitPhase.HalfOpen) with { OpenedAt = circuit.OpenedAt, TrialOwner = owner, TrialUntil = now + TrialLimit };

    /// <summary>The answer of the trial that was begun in <paramref name="generation"/>; a late one says nothing any more.</summary>
    public Circuit EndTrial(Circuit circuit, DateTime now, long generation, bool answered)
    {
        if (circuit.Phase != CircuitPhase.HalfOpen || circuit.Generation != generation) return circuit;
        return answered ? Next(circuit, CircuitPhase.Closed) : Open(circuit, now);
    }

    /// <summary>An operator keeps it open or closed; null: the rule decides again, from open by a trial at once.</summary>
    public Circuit Force(Circuit circuit, DateTime now, CircuitPhase? phase, string by)
    {
        if (circuit.Forced == phase) return circuit;
        if (phase is { } kept) return Next(circuit, kept) with { Forced = kept, ForcedBy = by, OpenedAt = kept == CircuitPhase.Open ? circuit.OpenedAt ?? now : null };
        return circuit.Phase == CircuitPhase.Closed ? Next(circuit, CircuitPhase.Closed) : Open(circuit, now) with { OpenUntil = now };
    }

    Circuit Open(Circuit circuit, DateTime now) => Next(circuit, CircuitPhase.Open) with { OpenedAt = circuit.OpenedAt ?? now, OpenUntil = now + options.OpenFor };

    static Circuit Next(Circuit circuit, CircuitPhase phase) => new(phase, circuit.Generation + 1);

    bool TooMany(IReadOnlyList<CallBucket> buckets)
    {
        long calls = 0, failures = 0;
        foreach (var bucket in buckets) { calls += bucket.Calls; failures += bucket.Failures; }
        return failures >= options.Failures && failures >= options.Ratio * calls;
    }

    List<CallBucket> Add(IReadOnlyList<CallBucket> buckets, DateTime now, int calls, int failures)
    {
        // Never before the newest: transactions that waited for the row's lock bring a time from before the wait.
        var second = Math.Max(SecondOf(now), buckets.Count > 0 ? buckets[^1].Second : 0);
        // A second that lies partly in the window counts wholly.
        var oldest = second - (long)Math.Ceiling(options.Window.TotalSeconds);
        var kept = buckets.Where(b => b.Second >= oldest).ToList();
        if (kept.Count > 0 && kept[^1].Second == second) kept[^1] = new(second, kept[^1].Calls + calls, kept[^1].Failures + failures);
        else kept.Add(new(second, calls, failures));
        return kept;
    }

    static long SecondOf(DateTime now) => (now - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond;
}
