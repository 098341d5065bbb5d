namespace Riq.Engine.Gate;

/// <summary>Calls pass only while it is closed. Half open: one process tries whether the service answers again.</summary>
enum CircuitPhase { Closed, Open, HalfOpen }

/// <summary>Calls that ended within one second (Unix time by the database's clock).</summary>
readonly record struct CallBucket(long Second, int Calls, int Failures);

/// <summary>A service's circuit as all processes share it. Every change of phase begins a new <paramref name="Generation"/>; calls begun in an older one don't count.</summary>
sealed record Circuit(CircuitPhase Phase, long Generation)
{
    public static Circuit New { get; } = new(CircuitPhase.Closed, 1);

    public DateTime? OpenedAt { get; init; }
    /// <summary>When the trial is due; null while an operator keeps it open.</summary>
    public DateTime? OpenUntil { get; init; }
    public string? TrialOwner { get; init; }
    /// <summary>When a trial without an answer counts as lost with its process.</summary>
    public DateTime? TrialUntil { get; init; }
    /// <summary>The phase that an operator keeps it in.</summary>
    public CircuitPhase? Forced { get; init; }
    public string? ForcedBy { get; init; }
    /// <summary>The calls of the window, oldest first.</summary>
    public IReadOnlyList<CallBucket> Buckets { get; init; } = [];

    /// <summary>Whether some process should try now whether the service answers again.</summary>
    public bool IsTrialDue(DateTime now) => Forced is null && Phase switch
    {
        CircuitPhase.Open => OpenUntil <= now,
        CircuitPhase.HalfOpen => TrialUntil <= now,
        _ => false,
    };
}
