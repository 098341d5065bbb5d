namespace Riq.Engine.Reads;

/// <summary>How long the answers of one service's reads are kept: section <c>Riq:Services:&lt;name&gt;:Cache</c>.</summary>
public sealed class CacheOptions
{
    static readonly TimeSpan LongestTtl = TimeSpan.FromDays(1);

    /// <summary>False: no answer is kept, and equal reads under way share nothing. Default true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How long by operation, e.g. <c>get_task</c>; zero: not at all. Default: what the operation declares.</summary>
    public Dictionary<string, TimeSpan> Ttl { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>How long the answers of the operation <c>service.name</c> are kept; zero: not at all.</summary>
    public TimeSpan TtlOf(string operation, TimeSpan declared) =>
        !Enabled ? TimeSpan.Zero : Ttl.TryGetValue(operation[(operation.IndexOf('.', StringComparison.Ordinal) + 1)..], out var ttl) ? ttl : declared;

    public IEnumerable<string> Problems(string path)
    {
        foreach (var (operation, ttl) in Ttl)
            if (ttl < TimeSpan.Zero || ttl > LongestTtl) yield return $"{path}:Ttl:{operation} must be between 0 and 24 hours.";
    }
}

/// <summary>How much is kept for all services together: section <c>Riq:Cache</c>.</summary>
public sealed class CacheLimits
{
    static readonly TimeSpan LongestKept = TimeSpan.FromSeconds(Submission.SubmissionReader.OldestStaleSeconds);

    /// <summary>The most answers. Default 100,000.</summary>
    public int MaxEntries { get; set; } = 100_000;

    /// <summary>The most bytes of answers. Default 512 MiB.</summary>
    public long MaxBytes { get; set; } = 512L * 1024 * 1024;

    /// <summary>A longer answer is not kept. Default 1 MiB.</summary>
    public int MaxEntryBytes { get; set; } = 1024 * 1024;

    /// <summary>How long expired answers are kept for those who ask for an older one in place of an error. Default 1 day; zero: not at all.</summary>
    public TimeSpan KeepStale { get; set; } = TimeSpan.FromDays(1);

    public IEnumerable<string> Problems(string path)
    {
        if (KeepStale < TimeSpan.Zero || KeepStale > LongestKept) yield return $"{path}:KeepStale must be between 0 and 7 days.";
        if (MaxEntries < 1) yield return $"{path}:MaxEntries must be at least 1.";
        if (MaxBytes < 1) yield return $"{path}:MaxBytes must be at least 1.";
        if (MaxEntryBytes < 1 || MaxEntryBytes > MaxBytes) yield return $"{path}:MaxEntryBytes must be between 1 and MaxBytes.";
    }
}
