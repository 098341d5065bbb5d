using Npgsql;
using Riq.Engine.Storage;

namespace Riq.Engine.Requests;

/// <summary>The columns of <c>queue_requests</c> that a state machine instance needs, and how they are read.</summary>
static class RequestRow
{
    /// <summary>Write it after <c>select</c> or <c>returning</c> with the table under the alias <c>r</c>.</summary>
    public const string Columns = """
        r.id, r.client_id, r.operation, r.service, r.payload::text, r.priority, r.status, r.created_at, r.started_at, r.retry_count, r.max_retries,
        r.attempt, r.error::text, r.claim_id, r.traceparent, r.deferrals, r.crashes, r.next_step, r.waiting_for, r.version, r.sent_at, r.worker, r.result::text,
        r.unclear_from, r.unclear_since, r.ready, r.pending_dependencies, r.depth, r.has_dependents, r.lane_key, r.lane_seq, r.callback_url, r.stale_if_error
        """;

    /// <summary>Number of <see cref="Columns"/>; a query may add its own behind them.</summary>
    public const int ColumnCount = 33;

    public static QueueRequest Read(NpgsqlDataReader row) => new()
    {
        CorrelationId = row.GetGuid(0),
        ClientId = row.GetString(1),
        Operation = row.GetString(2),
        Service = row.GetString(3),
        Payload = row.GetString(4),
        Priority = row.GetString(5),
        Status = row.GetString(6),
        CreatedAt = row.GetDateTime(7),
        StartedAt = row.Time(8),
        RetryCount = row.GetInt32(9),
        MaxRetries = row.GetInt32(10),
        Attempt = row.GetInt32(11),
        Error = row.Text(12),
        ClaimId = row.IsDBNull(13) ? null : row.GetGuid(13),
        Traceparent = row.Text(14),
        Deferrals = row.GetInt32(15),
        Crashes = row.GetInt32(16),
        NextStep = row.GetString(17),
        WaitingFor = row.Text(18),
        Version = row.GetInt64(19),
        SentAt = row.Time(20),
        Worker = row.Text(21),
        Result = row.Text(22),
        UnclearFrom = row.Time(23),
        UnclearSince = row.Time(24),
        Ready = row.GetBoolean(25),
        PendingDependencies = row.GetInt32(26),
        Depth = row.GetInt32(27),
        HasDependents = row.GetBoolean(28),
        LaneKey = row.Text(29),
        LaneSeq = row.IsDBNull(30) ? null : row.GetInt64(30),
        CallbackUrl = row.Text(31),
        StaleIfError = row.IsDBNull(32) ? null : row.GetInt32(32),
    };
}
