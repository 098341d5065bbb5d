namespace Riq.Adapters.Confluence;

/// <summary>Who creates or changes a page. Both null outside RIQ.</summary>
/// <param name="Marker">The request's token.</param>
/// <param name="UnclearFrom">When its first attempt without an answer began; null when there was none.</param>
readonly record struct PageWriter(string? Marker, DateTimeOffset? UnclearFrom);
