using Riq.Engine.Storage;

namespace Riq.Engine.Audit;

/// <summary>Which entries; what is null does not matter.</summary>
sealed record AuditFilter(string? By, string? Action, string? Target, DateTime? After, long? Before, int Limit);

/// <summary>One entry of the trail.</summary>
sealed record AuditTrace(long Id, DateTime At, string By, string Action, string? Target, string? Client, string? Details);

/// <summary>Lists what operators did, the youngest first.</summary>
sealed class AuditReader(Database database)
{
    const string Sql = """
        select id, at, by, action, target, client_id, details::text from audit_entries
        where ($1::text is null or by = $1) and ($2::text is null or action = $2) and ($3::text is null or target = $3) and ($4::timestamptz is null or at > $4) and ($5::bigint is null or id < $5)
        order by id desc limit $6
        """;

    public Task<List<AuditTrace>> List(AuditFilter f, CancellationToken cancellation) => database.Plain.CreateCommand(Sql).With(f.By).With(f.Action).With(f.Target).With(f.After).With(f.Before).With(f.Limit)
        .List(r => new AuditTrace(r.GetInt64(0), r.GetDateTime(1), r.GetString(2), r.GetString(3), r.Text(4), r.Text(5), r.Text(6)), cancellation);
}
