namespace Riq.Api.Http;

/// <summary>What a call does when Postgres is away: it waits so long, and says so in the log.</summary>
static partial class Outage
{
    /// <summary>
    /// How long one step of a call may take before the client is told to come back. A submission may have been stored all
    /// the same; its idempotency key finds it.
    /// </summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    public static Task<T> WithinLimit<T>(this Task<T> work) => work.WaitAsync(Limit);

    [LoggerMessage(300, LogLevel.Warning, "Postgres does not answer ({Reason}); the client was told to come back.")]
    public static partial void DatabaseAway(ILogger log, string reason);

    [LoggerMessage(302, LogLevel.Warning, "Postgres does not answer ({Reason}); the client that waited was given its token.")]
    public static partial void WaitGivenUp(ILogger log, string reason);
}
