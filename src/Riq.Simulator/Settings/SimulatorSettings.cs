namespace Riq.Simulator.Settings;

/// <summary>
/// Section <c>Simulator</c> of the configuration (environment and command line), and what <c>PUT /__sim/settings</c> changes
/// at run time. The defaults behave like the real services.
/// </summary>
sealed record SimulatorSettings
{
    public const string Section = "Simulator";
    public const string DefaultUrl = "http://127.0.0.1:8089";

    /// <summary>Multiplies every latency; 1 is like the real services, 0 answers at once.</summary>
    public double LatencyScale { get; init; } = 1;

    /// <summary>Multiplies the delay after which a search sees a write; 0 makes searches immediate.</summary>
    public double IndexLagScale { get; init; } = 1;

    /// <summary>How many simulated seconds pass in one real second. Delays shrink by the same factor.</summary>
    public double Speed { get; init; } = 1;

    /// <summary>Start value of everything random, so that a run can be repeated.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Answers as Jira Data Center: only <c>/rest/api/2</c>, names instead of account ids, the old search, its own rate limit.</summary>
    public bool DataCenter { get; init; }

    /// <summary>Ledger rows that are kept; the oldest are overwritten.</summary>
    public int LedgerCapacity { get; init; } = 100_000;

    /// <summary>Issues, comments, pages and remembered markers that are held in memory, each. A create beyond that answers 507.</summary>
    public int MaxObjects { get; init; } = 1_000_000;

    /// <summary>Largest request body in bytes; more answers 413.</summary>
    public int MaxBodyBytes { get; init; } = 10 * 1024 * 1024;

    public LimitSettings Limits { get; init; } = new();
    public TokenSettings Tokens { get; init; } = new();

    /// <summary>Every fault of the settings, each naming the setting and what it takes; empty when all is well.</summary>
    public IEnumerable<string> Problems()
    {
        if (!(LatencyScale is >= 0 and <= 1000)) yield return "Simulator:LatencyScale must be from 0 to 1000.";
        if (!(IndexLagScale is >= 0 and <= 1000)) yield return "Simulator:IndexLagScale must be from 0 to 1000.";
        if (!(Speed is > 0 and <= 100_000)) yield return "Simulator:Speed must be above 0 and at most 100000.";
        if (LedgerCapacity is < 100 or > 10_000_000) yield return "Simulator:LedgerCapacity must be from 100 to 10000000.";
        if (MaxObjects is < 100 or > 100_000_000) yield return "Simulator:MaxObjects must be from 100 to 100000000.";
        if (MaxBodyBytes < 1024) yield return "Simulator:MaxBodyBytes must be at least 1024.";
        foreach (var problem in Limits.Problems().Concat(Tokens.Problems())) yield return problem;
    }
}
