namespace Riq.Engine.Storage;

/// <summary>Storage parameters that the model can't express; run once by the first migration.</summary>
static class TableSettings
{
    public const string Sql = """
        alter table queue_requests set (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
        alter table outbox set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
        """;
}
