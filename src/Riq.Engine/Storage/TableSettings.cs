namespace Riq.Engine.Storage;

/// <summary>Storage parameters that the model can't express; run once by the first migration.</summary>
static class TableSettings
{
    public const string Sql = """
        alter table queue_requests set (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
        alter table outbox set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
        """;

    // Of the one role that all processes had before there were riq_api and riq_worker (TableRules).
    public const string RightsSql = """
        do $$ begin
          if exists (select from pg_roles where rolname = 'riq_app') then
            revoke insert, update, delete on api_keys from riq_app;
            revoke update, delete on audit_entries from riq_app;
          end if;
        end $$;
        """;

    /// <summary>Run by the migration that makes the table: its rows are written again and again and must stay where they are.</summary>
    public const string LanesSql = "alter table lanes set (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);";
}
