namespace Riq.Contracts;

/// <summary>How an operation that must not simply be repeated finds out what became of an attempt without an answer.</summary>
/// <param name="LookAfter">
/// When to look for the effect, counted from the moment the outcome became unclear, in rising order; after the last one
/// every 30 s.
/// </param>
/// <param name="QuietPeriod">
/// How long, after the operation's timeout has passed once more, an effect may stay invisible (a search index that lags, a
/// call that is still under way at the service). Before its end "not found" proves nothing. Zero: a repetition can't do harm,
/// because the service itself refuses a second one.
/// </param>
public sealed record ClearingUp(IReadOnlyList<TimeSpan> LookAfter, TimeSpan QuietPeriod);
