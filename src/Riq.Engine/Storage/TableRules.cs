using System.Text;

namespace Riq.Engine.Storage;

/// <summary>What is declared of a table beside its columns: who may do what to its rows, and what keeps it from growing for ever.</summary>
/// <param name="Table">Its name.</param>
/// <param name="Api">What the API processes' role <c>riq_api</c> may do: letters of <c>siud</c> for select, insert, update, delete.</param>
/// <param name="Worker">The same of the workers' role <c>riq_worker</c>.</param>
/// <param name="Ends">What removes its rows.</param>
sealed record TableRule(string Table, string Api, string Worker, string Ends);

/// <summary>
/// Every table of the schema. The rights are granted by each run of <c>migrate</c>, which belongs to the schema's owner; a role that is not
/// there is left out, so an installation with one role for everything works too. A lock on rows (<c>for update</c>, <c>for share</c>) is an update.
/// </summary>
static class TableRules
{
    public const string ApiRole = "riq_api", WorkerRole = "riq_worker";

    const string WithRequest = "deleted with its request", OnePerService = "one row per service", Cleanup = "cleanup";

    public static readonly IReadOnlyList<TableRule> All =
    [
        new("queue_requests", "siud", "sud", "cleanup; dead letters: the archive"),
        new("request_attempts", "sid", "sid", WithRequest),
        new("request_events", "sid", "sid", WithRequest),
        new("request_dependencies", "siud", "siud", WithRequest),
        new("outbox", "siud", "siud", "deleted when RabbitMQ has confirmed it, or with its request"),
        new("callbacks", "siu", "siu", WithRequest),
        new("callback_deliveries", "s", "si", WithRequest),
        new("dead_letter_care", "sd", "siud", WithRequest),
        new("dead_letter_notes", "sid", "sd", Cleanup),
        new("lanes", "siu", "siud", "the release sweeper, when unused for long"),
        new("read_cache", "s", "siud", "the cache sweeper: by time and number"),
        new("cache_tags", "siu", "siud", "the sweeper of changed tags: by time"),
        new("queue_stats", "s", "siu", OnePerService),
        new("queue_history", "s", "sid", "the history sweeper, after a day"),
        new("service_state", "siu", "siu", OnePerService),
        new("service_recoveries", "", "siu", OnePerService),
        new("service_grants", "siu", "siu", OnePerService),
        new("service_workers", "s", "siud", "other workers, when it was not heard of for long"),
        new("leadership", "", "siu", "one row"),
        new("event_cursor", "", "siud", "one row"),
        new("refused_submissions", "sid", "", "each new one, beyond the newest thousand"),
        // Keys are made by the owner (./riq keys): a process that was taken over can't make any, and a worker has no use for them.
        new("api_keys", "s", "", "nothing: who has had access is kept; made by hand"),
        new("client_quotas", "siud", "sd", Cleanup),
        // Added to, never changed. What is very old goes by a function of the owner's that takes nothing younger.
        new("audit_entries", "si", "i", "cleanup, by riq_forget_audit"),
        new("bulk_operations", "siud", "sud", Cleanup),
        new("bulk_items", "siud", "sud", Cleanup),
    ];

    // The one way in which entries go. It runs as the owner, and takes none that is younger than a month, whoever asks.
    const string ForgetAuditSql = """
        create or replace function riq_forget_audit(keep interval) returns bigint language sql security definer set search_path = public, pg_temp as $$
          with gone as (delete from audit_entries where at < now() - greatest(keep, interval '30 days') returning 1) select count(*) from gone
        $$;
        revoke all on function riq_forget_audit(interval) from public;
        """;

    // Of which version the schema is, everybody may see; Entity Framework's own table is none of RIQ's.
    const string Versions = "\"__EFMigrationsHistory\"";

    /// <summary>What every migration ends with: exactly these rights from then on, whatever was granted before.</summary>
    public static string Sql => string.Join('\n', ForgetAuditSql, Granted(ApiRole, r => r.Api), Granted(WorkerRole, r => r.Worker));

    static string Granted(string role, Func<TableRule, string> rights)
    {
        var sql = new StringBuilder($"revoke all on all tables in schema public from {role}; grant usage on schema public to {role}; grant execute on function riq_forget_audit(interval) to {role}; grant select on {Versions} to {role};");
        foreach (var rule in All.Where(r => rights(r).Length > 0)) sql.Append($" grant {string.Join(", ", rights(rule).Select(Word))} on {rule.Table} to {role};");
        return $"do $rights$ begin if exists (select from pg_roles where rolname = '{role}') then {sql} end if; end $rights$;";
    }

    static string Word(char letter) => letter switch { 's' => "select", 'i' => "insert", 'u' => "update", 'd' => "delete", _ => throw new ArgumentOutOfRangeException(nameof(letter), letter, null) };
}
