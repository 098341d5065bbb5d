using System.Text.Json;
using Npgsql;

namespace Riq.IntegrationTests.Cluster;

/// <summary>A row of <c>queue_requests</c> as the table has it.</summary>
public sealed record StoredRequest(
    Guid Id, string Status, int Attempt, int RetryCount, int Deferrals, int Crashes, long Version, string? Worker, Guid? ClaimId, string? WaitingFor,
    DateTime UpdatedAt, DateTime? NextRetryAt, DateTime? SentAt, DateTime? LeaseUntil, string? ErrorText)
{
    public const string Sql = """
        select id, status, attempt, retry_count, deferrals, crashes, version, worker, claim_id, waiting_for, updated_at, next_retry_at, sent_at, lease_until, error::text
        from queue_requests where token = $1
        """;

    public static StoredRequest Read(NpgsqlDataReader r) => new(r.GetGuid(0), r.GetString(1), r.GetInt32(2), r.GetInt32(3), r.GetInt32(4), r.GetInt32(5), r.GetInt64(6),
        Or<string>(r, 7), r.IsDBNull(8) ? null : r.GetGuid(8), Or<string>(r, 9), r.GetDateTime(10), Time(r, 11), Time(r, 12), Time(r, 13), Or<string>(r, 14));

    public JsonElement Error => JsonSerializer.Deserialize<JsonElement>(ErrorText ?? "{}");

    public string? ErrorCode => Error.TryGetProperty("code", out var code) ? code.GetString() : null;

    /// <summary><c>unknown</c> where nobody knows whether the write took effect; else null.</summary>
    public string? Outcome => Error.TryGetProperty("details", out var details) && details.TryGetProperty("outcome", out var outcome) && outcome.ValueKind == JsonValueKind.String ? outcome.GetString() : null;

    static T? Or<T>(NpgsqlDataReader r, int column) where T : class => r.IsDBNull(column) ? null : r.GetFieldValue<T>(column);
    static DateTime? Time(NpgsqlDataReader r, int column) => r.IsDBNull(column) ? null : r.GetDateTime(column);
}
