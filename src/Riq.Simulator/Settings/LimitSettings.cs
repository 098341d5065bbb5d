namespace Riq.Simulator.Settings;

/// <summary>The limits that answer 429. All of them apply at once.</summary>
sealed record LimitSettings
{
    /// <summary>Off for benchmarks: nothing is limited and no limit header is sent.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Calls per second of one endpoint, GET and POST.</summary>
    public int BurstPerSecond { get; init; } = 100;

    /// <summary>Calls per second of one endpoint, PUT and DELETE.</summary>
    public int BurstPerSecondOfEdits { get; init; } = 50;

    /// <summary>Writes to one issue in 2 s.</summary>
    public int IssueWritesIn2Seconds { get; init; } = 20;

    /// <summary>Writes to one issue in 30 s.</summary>
    public int IssueWritesIn30Seconds { get; init; } = 100;

    /// <summary>Points that an OAuth app may spend in an hour, per product; 0 is without limit.</summary>
    public int PointsPerHour { get; init; } = 65_000;

    /// <summary>Whether calls with an API token (Basic) spend points too. The real services count only apps.</summary>
    public bool PointsForApiTokens { get; init; }

    /// <summary>Data Center: size of a user's token bucket, and the tokens that it gains per second.</summary>
    public int DataCenterBucket { get; init; } = 100;
    public int DataCenterFillRate { get; init; } = 50;

    /// <summary>A call this soon after a 429 was answered was on its way already and is no violation of Retry-After.</summary>
    public TimeSpan RetryAfterGrace { get; init; } = TimeSpan.FromMilliseconds(250);

    public IEnumerable<string> Problems()
    {
        if (BurstPerSecond < 1) yield return "Simulator:Limits:BurstPerSecond must be at least 1.";
        if (BurstPerSecondOfEdits < 1) yield return "Simulator:Limits:BurstPerSecondOfEdits must be at least 1.";
        if (IssueWritesIn2Seconds < 1) yield return "Simulator:Limits:IssueWritesIn2Seconds must be at least 1.";
        if (IssueWritesIn30Seconds < 1) yield return "Simulator:Limits:IssueWritesIn30Seconds must be at least 1.";
        if (PointsPerHour < 0) yield return "Simulator:Limits:PointsPerHour must be at least 0; 0 is without limit.";
        if (DataCenterBucket < 1) yield return "Simulator:Limits:DataCenterBucket must be at least 1.";
        if (DataCenterFillRate < 1) yield return "Simulator:Limits:DataCenterFillRate must be at least 1.";
        if (RetryAfterGrace < TimeSpan.Zero) yield return "Simulator:Limits:RetryAfterGrace must not be negative.";
    }
}
