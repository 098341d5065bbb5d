namespace Riq.Engine.Cleanup;

/// <summary>How long ended requests are kept: section <c>Riq:Cleanup</c>.</summary>
public sealed class CleanupOptions
{
    /// <summary>Completed and failed requests that have not changed for so long are deleted. Default 7 days.</summary>
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Entries of the audit trail, and bulk operations, that are older go. Default a year, at least 30 days.</summary>
    public TimeSpan KeepAudit { get; set; } = TimeSpan.FromDays(365);

    /// <summary>How often. Default once a day.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromDays(1);

    public IEnumerable<string> Problems(string path)
    {
        // Idempotency keys and results live as long as their requests: less than this makes repetitions second requests.
        if (KeepFor < TimeSpan.FromHours(1)) yield return $"{path}:KeepFor must be at least 01:00:00.";
        if (KeepAudit < TimeSpan.FromDays(30)) yield return $"{path}:KeepAudit must be at least 30.00:00:00.";
        if (Interval < TimeSpan.FromSeconds(1)) yield return $"{path}:Interval must be at least 00:00:01.";
    }
}
