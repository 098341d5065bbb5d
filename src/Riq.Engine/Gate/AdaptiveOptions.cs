namespace Riq.Engine.Gate;

/// <summary>When the concurrency of a service is found out instead of set: section <c>Riq:Services:&lt;name&gt;:AdaptiveConcurrency</c>.</summary>
public sealed class AdaptiveOptions
{
    /// <summary>Default false: <see cref="ServiceOptions.Concurrency"/> counts.</summary>
    public bool Enabled { get; set; }

    /// <summary>The fewest calls at the same time of all workers together. Default 2.</summary>
    public int Min { get; set; } = 2;

    /// <summary>The most calls at the same time of all workers together. Default 20.</summary>
    public int Max { get; set; } = 20;

    /// <summary>How long calls are gathered before the limit changes. Default 1 s.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromSeconds(1);

    public IEnumerable<string> Problems(string path)
    {
        if (Min < 1) yield return $"{path}:Min must be at least 1.";
        if (Max > 10_000) yield return $"{path}:Max must be at most 10,000.";
        if (Max < Min) yield return $"{path}:Max must not be below Min.";
        if (Window < TimeSpan.FromMilliseconds(50) || Window > TimeSpan.FromMinutes(5)) yield return $"{path}:Window must be between 00:00:00.050 and 00:05:00.";
    }
}
