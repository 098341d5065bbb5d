using Npgsql;

namespace Riq.Api.Http;

/// <summary>Tells Postgres being away from a fault of ours, and bounds how long a call waits for it.</summary>
static partial class Outage
{
    /// <summary>
    /// How long one step of a call may take before the client is told to come back. A submission may have been stored all
    /// the same; its idempotency key finds it.
    /// </summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    public static Task<T> WithinLimit<T>(this Task<T> work) => work.WaitAsync(Limit);

    // A server that refuses data is a fault of ours; one that is away, starting, stopping or out of room is not.
    public static bool Is(Exception e) =>
        e is TimeoutException || e is NpgsqlException and not PostgresException || e is PostgresException p && (p.IsTransient || p.SqlState.AsSpan(0, 2) is "08" or "53" or "57" or "58");

    [LoggerMessage(300, LogLevel.Warning, "Postgres does not answer ({Reason}); the client was told to come back.")]
    public static partial void DatabaseAway(ILogger log, string reason);

    [LoggerMessage(302, LogLevel.Warning, "Postgres does not answer ({Reason}); the client that waited was given its token.")]
    public static partial void WaitGivenUp(ILogger log, string reason);
}
