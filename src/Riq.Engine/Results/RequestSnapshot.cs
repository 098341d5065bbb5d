using Npgsql;
using Riq.Engine.Gate;
using Riq.Engine.Storage;

namespace Riq.Engine.Results;

/// <summary>What a client may know of its request at one moment.</summary>
sealed record RequestSnapshot
{
    public required Guid Id { get; init; }
    public required string ClientId { get; init; }
    public required string Operation { get; init; }
    public required string Service { get; init; }
    public required string Priority { get; init; }
    public required string Status { get; init; }
    /// <summary>Why a queued request waits, as far as the request itself knows.</summary>
    public string? WaitingFor { get; init; }
    /// <summary>JSON.</summary>
    public string? Result { get; init; }
    /// <summary>JSON, without the count of attempts.</summary>
    public string? Error { get; init; }
    /// <summary>Ended attempts.</summary>
    public int Attempts { get; init; }
    public int RetryCount { get; init; }
    public int Deferrals { get; init; }
    public DateTime? NextRetryAt { get; init; }
    public DateTime CreatedAt { get; init; }
    public DateTime? StartedAt { get; init; }
    public DateTime? CompletedAt { get; init; }
    public long Version { get; init; }
    public string? ConsistencyToken { get; init; }
    public bool FireAndForget { get; init; }
    /// <summary>When the service gave the result, when it came from the cache; else null.</summary>
    public DateTime? CachedAt { get; init; }
    /// <summary>Whether that is an older answer in place of an error.</summary>
    public bool Stale { get; init; }
    /// <summary>Why its service is not called at the moment, while it is queued; not of the row, added by who answers.</summary>
    public ServiceBlock? Block { get; init; }

    /// <summary>The client's own requests that it waits for; not of the row, added by who answers.</summary>
    public IReadOnlyList<Guid> Behind { get; init; } = [];

    /// <summary>Write it after <c>select</c> with the table under the alias <c>r</c>.</summary>
    public const string Columns = """
        r.id, r.client_id, r.operation, r.service, r.priority, r.status, r.waiting_for, r.result::text, r.error::text,
        (select count(*)::int from request_attempts a where a.request_id = r.id), r.retry_count, r.deferrals, r.next_retry_at,
        r.created_at, r.started_at, r.completed_at, r.version, r.consistency_token, r.fire_and_forget, r.cached_at, r.stale
        """;

    /// <summary>The same without the result, which may be megabytes: for lists.</summary>
    public static string ColumnsOfList { get; } = Columns.Replace("r.result::text", "null::text", StringComparison.Ordinal);

    /// <summary>Number of <see cref="Columns"/>; a query may add its own behind them.</summary>
    public const int ColumnCount = 21;

    public static RequestSnapshot Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetGuid(0),
        ClientId = row.GetString(1),
        Operation = row.GetString(2),
        Service = row.GetString(3),
        Priority = row.GetString(4),
        Status = row.GetString(5),
        WaitingFor = row.Text(6),
        Result = row.Text(7),
        Error = row.Text(8),
        Attempts = row.GetInt32(9),
        RetryCount = row.GetInt32(10),
        Deferrals = row.GetInt32(11),
        NextRetryAt = row.Time(12),
        CreatedAt = row.GetDateTime(13),
        StartedAt = row.Time(14),
        CompletedAt = row.Time(15),
        Version = row.GetInt64(16),
        ConsistencyToken = row.Text(17),
        FireAndForget = row.GetBoolean(18),
        CachedAt = row.Time(19),
        Stale = row.GetBoolean(20),
    };
}
