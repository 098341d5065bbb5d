namespace Riq.Engine.DeadLetters;

/// <summary>How dead letters age: section <c>Riq:DeadLetters</c>.</summary>
public sealed class DeadLetterOptions
{
    /// <summary>From this age on a dead letter is in tier 2. Default 24 h.</summary>
    public TimeSpan EscalateAfter { get; set; } = TimeSpan.FromHours(24);

    /// <summary>From this age on it is in tier 3. Default 72 h.</summary>
    public TimeSpan ArchiveAfter { get; set; } = TimeSpan.FromHours(72);

    public IEnumerable<string> Problems(string path)
    {
        if (EscalateAfter < TimeSpan.FromSeconds(1)) yield return $"{path}:EscalateAfter must be at least 00:00:01.";
        if (ArchiveAfter <= EscalateAfter) yield return $"{path}:ArchiveAfter must be longer than EscalateAfter.";
    }
}
