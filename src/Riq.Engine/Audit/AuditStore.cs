using Npgsql;
using Riq.Engine.Storage;

namespace Riq.Engine.Audit;

/// <summary>What somebody has done; <paramref name="Target"/> is a token, a service or a key's id.</summary>
sealed record AuditEntry(string By, string Action, string? Target, string? Client)
{
    /// <summary>JSON; neither payloads nor secrets.</summary>
    public string? Details { get; init; }
}

/// <summary>The trail of what operators did. An entry is written in the transaction of its action wherever there is one.</summary>
static class AuditStore
{
    const string WriteSql = "insert into audit_entries(by, action, target, client_id, details) values ($1, $2, $3, $4, $5::jsonb)";

    /// <summary>Within the transaction that is open on the connection.</summary>
    public static Task<int> Write(NpgsqlConnection connection, AuditEntry entry, CancellationToken cancellation) => Filled(new(WriteSql, connection), entry).Run(cancellation);

    /// <summary>For actions without a transaction that could take it along.</summary>
    public static Task<int> Write(NpgsqlDataSource source, AuditEntry entry, CancellationToken cancellation) => Filled(source.CreateCommand(WriteSql), entry).Run(cancellation);

    static NpgsqlCommand Filled(NpgsqlCommand command, AuditEntry e) => command.With(e.By).With(e.Action).With(e.Target).With(e.Client).With(e.Details);
}
