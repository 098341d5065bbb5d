namespace Riq.Engine.DeadLetters;

/// <summary>What becomes of dead letters that nobody decides about: section <c>Riq:DeadLetters</c>.</summary>
public sealed class DeadLetterOptions
{
    /// <summary>Until this age they are in tier 1: retried by themselves when their service's circuit closes. Default 24 h.</summary>
    public TimeSpan EscalateAfter { get; set; } = TimeSpan.FromHours(24);

    /// <summary>From this age on they are in tier 3: archived. Default 72 h.</summary>
    public TimeSpan ArchiveAfter { get; set; } = TimeSpan.FromHours(72);

    /// <summary>Archived ones are deleted at this age. Default 90 days.</summary>
    public TimeSpan DeleteAfter { get; set; } = TimeSpan.FromDays(90);

    /// <summary>The most retries by themselves of one dead letter; 0: none. Default 2.</summary>
    public int AutomaticRetries { get; set; } = 2;

    /// <summary>Their pace. Default 10.</summary>
    public int RetriesPerSecond { get; set; } = 10;

    /// <summary>Is told once of each dead letter that comes into tier 2. Default: nobody is.</summary>
    public string WebhookUrl { get; set; } = "";

    /// <summary>Where tier 3 is written to, as gzip JSON lines. Default: nowhere, and then no dead letter is ever deleted.</summary>
    public string ArchiveFolder { get; set; } = "";

    public IEnumerable<string> Problems(string path)
    {
        if (EscalateAfter < TimeSpan.FromSeconds(1)) yield return $"{path}:EscalateAfter must be at least 00:00:01.";
        if (ArchiveAfter <= EscalateAfter) yield return $"{path}:ArchiveAfter must be longer than EscalateAfter.";
        if (DeleteAfter <= ArchiveAfter) yield return $"{path}:DeleteAfter must be longer than ArchiveAfter.";
        if (AutomaticRetries is < 0 or > 10) yield return $"{path}:AutomaticRetries must be between 0 and 10.";
        if (RetriesPerSecond is < 1 or > 1_000) yield return $"{path}:RetriesPerSecond must be between 1 and 1,000.";
        if (WebhookUrl.Length > 0 && !(Uri.TryCreate(WebhookUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")) yield return $"{path}:WebhookUrl must be an http or https address.";
        if (ArchiveFolder.Length > 0 && !Path.IsPathFullyQualified(ArchiveFolder)) yield return $"{path}:ArchiveFolder must be an absolute path.";
    }
}
