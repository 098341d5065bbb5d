using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Riq.Engine.Storage.Migrations
{
    /// <inheritdoc />
    public partial class ServicesAndOperations : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_queue_requests_queued",
                table: "queue_requests");

            migrationBuilder.AddColumn<ulong>(
                name: "xid",
                table: "request_events",
                type: "xid8",
                nullable: true);

            migrationBuilder.AddColumn<ulong>(
                name: "xid",
                table: "request_attempts",
                type: "xid8",
                nullable: true);

            // In two steps: a new column with a default that is made anew for each row would rewrite the table. Rows of before keep null.
            migrationBuilder.Sql("alter table request_events alter column xid set default pg_current_xact_id(); alter table request_attempts alter column xid set default pg_current_xact_id();");

            migrationBuilder.AddColumn<string>(
                name: "batch_key",
                table: "queue_requests",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<byte[]>(
                name: "cache_key",
                table: "queue_requests",
                type: "bytea",
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "cached_at",
                table: "queue_requests",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "depth",
                table: "queue_requests",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "external_id",
                table: "queue_requests",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "has_dependents",
                table: "queue_requests",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<bool>(
                name: "shares",
                table: "queue_requests",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<bool>(
                name: "stale",
                table: "queue_requests",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<int>(
                name: "stale_if_error",
                table: "queue_requests",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "unclear_from",
                table: "queue_requests",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "unclear_since",
                table: "queue_requests",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "api_keys",
                columns: table => new
                {
                    id = table.Column<string>(type: "text", nullable: false),
                    client_id = table.Column<string>(type: "text", nullable: false),
                    hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    scopes = table.Column<string[]>(type: "text[]", nullable: false),
                    quota = table.Column<int>(type: "integer", nullable: true),
                    created_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<string>(type: "text", nullable: false),
                    expires_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    revoked_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    revoked_by = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_api_keys", x => x.id);
                    table.CheckConstraint("api_keys_scopes", "cardinality(scopes) > 0 and scopes <@ array['submit', 'read', 'operate']");
                });

            migrationBuilder.CreateTable(
                name: "audit_entries",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityAlwaysColumn),
                    at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    by = table.Column<string>(type: "text", nullable: false),
                    action = table.Column<string>(type: "text", nullable: false),
                    target = table.Column<string>(type: "text", nullable: true),
                    client_id = table.Column<string>(type: "text", nullable: true),
                    details = table.Column<string>(type: "jsonb", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_entries", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "bulk_items",
                columns: table => new
                {
                    operation_id = table.Column<Guid>(type: "uuid", nullable: false),
                    ordinal = table.Column<int>(type: "integer", nullable: false),
                    request_id = table.Column<Guid>(type: "uuid", nullable: false),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    code = table.Column<string>(type: "text", nullable: true),
                    state = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_bulk_items", x => new { x.operation_id, x.ordinal });
                });

            migrationBuilder.CreateTable(
                name: "bulk_operations",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "text", nullable: false),
                    state = table.Column<string>(type: "text", nullable: false),
                    filter = table.Column<string>(type: "text", nullable: false),
                    by = table.Column<string>(type: "text", nullable: false),
                    total = table.Column<int>(type: "integer", nullable: false),
                    first = table.Column<int>(type: "integer", nullable: false),
                    per_second = table.Column<int>(type: "integer", nullable: false),
                    proven = table.Column<bool>(type: "boolean", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    ended_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_bulk_operations", x => x.id);
                    table.CheckConstraint("bulk_operations_state", "state in ('running', 'completed', 'stopped', 'aborted')");
                });

            migrationBuilder.CreateTable(
                name: "cache_tags",
                columns: table => new
                {
                    tag = table.Column<string>(type: "text", nullable: false),
                    changed_by = table.Column<ulong>(type: "xid8", nullable: false),
                    changed_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_cache_tags", x => x.tag);
                });

            migrationBuilder.CreateTable(
                name: "callbacks",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    request_id = table.Column<Guid>(type: "uuid", nullable: false),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    ended_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    request_status = table.Column<string>(type: "text", nullable: false),
                    client_id = table.Column<string>(type: "text", nullable: false),
                    url = table.Column<string>(type: "text", nullable: false),
                    host = table.Column<string>(type: "text", nullable: false),
                    state = table.Column<string>(type: "text", nullable: false),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    failures = table.Column<int>(type: "integer", nullable: false),
                    due_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    give_up_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_callbacks", x => x.id);
                    table.CheckConstraint("callbacks_state", "state in ('pending', 'delivered', 'failed', 'gone', 'superseded')");
                    table.ForeignKey(
                        name: "fk_callbacks_queue_requests_request_id",
                        column: x => x.request_id,
                        principalTable: "queue_requests",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "client_quotas",
                columns: table => new
                {
                    client_id = table.Column<string>(type: "text", nullable: false),
                    tokens = table.Column<double>(type: "double precision", nullable: false),
                    granted = table.Column<int>(type: "integer", nullable: false),
                    updated_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_client_quotas", x => x.client_id);
                });

            migrationBuilder.CreateTable(
                name: "dead_letter_care",
                columns: table => new
                {
                    request_id = table.Column<Guid>(type: "uuid", nullable: false),
                    automatic_retries = table.Column<int>(type: "integer", nullable: false),
                    escalated_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    archived_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_dead_letter_care", x => x.request_id);
                });

            migrationBuilder.CreateTable(
                name: "event_cursor",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false),
                    xid = table.Column<ulong>(type: "xid8", nullable: false),
                    request_id = table.Column<Guid>(type: "uuid", nullable: false),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    updated_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_event_cursor", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "lanes",
                columns: table => new
                {
                    key = table.Column<string>(type: "text", nullable: false),
                    last_seq = table.Column<long>(type: "bigint", nullable: false),
                    used_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_lanes", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "leadership",
                columns: table => new
                {
                    name = table.Column<string>(type: "text", nullable: false),
                    leader = table.Column<string>(type: "text", nullable: false),
                    steady_since = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    seen_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_leadership", x => x.name);
                });

            migrationBuilder.CreateTable(
                name: "queue_history",
                columns: table => new
                {
                    at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    queued = table.Column<long>(type: "bigint", nullable: false),
                    processing = table.Column<long>(type: "bigint", nullable: false),
                    oldest_seconds = table.Column<double>(type: "double precision", nullable: false),
                    ended_total = table.Column<long>(type: "bigint", nullable: false),
                    unsuccessful_share = table.Column<double>(type: "double precision", nullable: true),
                    p50 = table.Column<double>(type: "double precision", nullable: true),
                    p95 = table.Column<double>(type: "double precision", nullable: true),
                    p99 = table.Column<double>(type: "double precision", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_queue_history", x => x.at);
                });

            migrationBuilder.CreateTable(
                name: "read_cache",
                columns: table => new
                {
                    key = table.Column<byte[]>(type: "bytea", nullable: false),
                    operation = table.Column<string>(type: "text", nullable: false),
                    result = table.Column<string>(type: "jsonb", nullable: false),
                    tags = table.Column<string[]>(type: "text[]", nullable: false),
                    snapshot = table.Column<string>(type: "pg_snapshot", nullable: false),
                    read_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    bytes = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_read_cache", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "refused_submissions",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    client_id = table.Column<string>(type: "text", nullable: false),
                    user_id = table.Column<string>(type: "text", nullable: true),
                    message_id = table.Column<string>(type: "text", nullable: true),
                    status = table.Column<int>(type: "integer", nullable: false),
                    title = table.Column<string>(type: "text", nullable: false),
                    detail = table.Column<string>(type: "text", nullable: false),
                    errors = table.Column<string>(type: "jsonb", nullable: true),
                    body = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_refused_submissions", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "request_dependencies",
                columns: table => new
                {
                    request_id = table.Column<Guid>(type: "uuid", nullable: false),
                    depends_on = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "text", nullable: false),
                    done = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_request_dependencies", x => new { x.request_id, x.depends_on, x.kind });
                    table.CheckConstraint("request_dependencies_kind", "kind in ('result', 'consistency')");
                    table.ForeignKey(
                        name: "fk_request_dependencies_queue_requests_request_id",
                        column: x => x.request_id,
                        principalTable: "queue_requests",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "service_grants",
                columns: table => new
                {
                    service = table.Column<string>(type: "text", nullable: false),
                    type = table.Column<string>(type: "text", nullable: false),
                    generation = table.Column<long>(type: "bigint", nullable: false),
                    access_token = table.Column<byte[]>(type: "bytea", nullable: true),
                    refresh_token = table.Column<byte[]>(type: "bytea", nullable: true),
                    expires_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    refresh_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    spend_started_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    lease_until = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    lease_id = table.Column<Guid>(type: "uuid", nullable: true),
                    state = table.Column<string>(type: "text", nullable: false),
                    seed = table.Column<byte[]>(type: "bytea", nullable: false),
                    error = table.Column<string>(type: "text", nullable: true),
                    updated_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_service_grants", x => x.service);
                    table.CheckConstraint("service_grants_state", "state in ('ok', 'needs_reauth')");
                });

            migrationBuilder.CreateTable(
                name: "service_recoveries",
                columns: table => new
                {
                    service = table.Column<string>(type: "text", nullable: false),
                    generation = table.Column<long>(type: "bigint", nullable: false),
                    closed_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_service_recoveries", x => x.service);
                });

            migrationBuilder.CreateTable(
                name: "service_state",
                columns: table => new
                {
                    service = table.Column<string>(type: "text", nullable: false),
                    circuit = table.Column<string>(type: "text", nullable: false),
                    generation = table.Column<long>(type: "bigint", nullable: false),
                    opened_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    open_until = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    trial_owner = table.Column<string>(type: "text", nullable: true),
                    trial_until = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    forced = table.Column<string>(type: "text", nullable: true),
                    forced_by = table.Column<string>(type: "text", nullable: true),
                    buckets = table.Column<string>(type: "jsonb", nullable: false),
                    paused_by = table.Column<string>(type: "text", nullable: true),
                    paused_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    paused_until = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    pause_reason = table.Column<string>(type: "text", nullable: true),
                    rate_tokens = table.Column<double>(type: "double precision", nullable: true),
                    rate_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    held_until = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    held_reason = table.Column<string>(type: "text", nullable: true),
                    strikes = table.Column<int>(type: "integer", nullable: false, defaultValue: 0),
                    lowered_to = table.Column<double>(type: "double precision", nullable: true),
                    lowered_until = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    holds = table.Column<string>(type: "jsonb", nullable: false, defaultValue: "[]"),
                    rate = table.Column<int>(type: "integer", nullable: true),
                    burst = table.Column<int>(type: "integer", nullable: true),
                    concurrency = table.Column<int>(type: "integer", nullable: true),
                    limits_by = table.Column<string>(type: "text", nullable: true),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    updated_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_service_state", x => x.service);
                    table.CheckConstraint("service_state_circuit", "circuit in ('closed', 'open', 'half_open')");
                    table.CheckConstraint("service_state_forced", "forced in ('closed', 'open')");
                });

            migrationBuilder.CreateTable(
                name: "service_workers",
                columns: table => new
                {
                    service = table.Column<string>(type: "text", nullable: false),
                    worker = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    concurrency = table.Column<int>(type: "integer", nullable: false),
                    seen_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_service_workers", x => new { x.service, x.worker });
                });

            migrationBuilder.CreateTable(
                name: "callback_deliveries",
                columns: table => new
                {
                    callback_id = table.Column<Guid>(type: "uuid", nullable: false),
                    attempt = table.Column<int>(type: "integer", nullable: false),
                    at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    took_ms = table.Column<int>(type: "integer", nullable: false),
                    http_status = table.Column<int>(type: "integer", nullable: true),
                    error = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_callback_deliveries", x => new { x.callback_id, x.attempt });
                    table.ForeignKey(
                        name: "fk_callback_deliveries_callbacks_callback_id",
                        column: x => x.callback_id,
                        principalTable: "callbacks",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_request_events_order",
                table: "request_events",
                columns: new[] { "xid", "request_id", "version" });

            migrationBuilder.CreateIndex(
                name: "ix_request_attempts_order",
                table: "request_attempts",
                columns: new[] { "xid", "request_id", "version" });

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_batch",
                table: "queue_requests",
                columns: new[] { "batch_key", "priority", "client_id", "id" },
                filter: "status = 'queued' and ready and next_step = 'execute' and batch_key is not null");

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_cache_key",
                table: "queue_requests",
                column: "cache_key",
                unique: true,
                filter: "status = 'processing' and shares");

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_equal",
                table: "queue_requests",
                column: "cache_key",
                filter: "status = 'queued' and shares");

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_external_id",
                table: "queue_requests",
                columns: new[] { "service", "external_id" },
                filter: "external_id is not null");

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_held",
                table: "queue_requests",
                column: "updated_at",
                filter: "status = 'queued' and not ready");

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_lane",
                table: "queue_requests",
                columns: new[] { "lane_key", "lane_seq" },
                unique: true,
                filter: "lane_seq is not null");

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_may_be_stale",
                table: "queue_requests",
                column: "service",
                filter: "status = 'queued' and stale_if_error is not null");

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_queued",
                table: "queue_requests",
                columns: new[] { "service", "priority", "client_id", "sent_at" },
                filter: "status = 'queued'")
                .Annotation("Npgsql:IndexInclude", new[] { "created_at" });

            migrationBuilder.CreateIndex(
                name: "ix_api_keys_hash",
                table: "api_keys",
                column: "hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_bulk_items_waiting",
                table: "bulk_items",
                columns: new[] { "operation_id", "ordinal" },
                filter: "state = 'waiting'");

            migrationBuilder.CreateIndex(
                name: "ix_bulk_operations_running",
                table: "bulk_operations",
                column: "created_at",
                filter: "state = 'running'");

            migrationBuilder.CreateIndex(
                name: "ix_callbacks_due",
                table: "callbacks",
                column: "due_at",
                filter: "state = 'pending'");

            migrationBuilder.CreateIndex(
                name: "ix_callbacks_request_id",
                table: "callbacks",
                column: "request_id");

            migrationBuilder.CreateIndex(
                name: "ix_read_cache_expires_at",
                table: "read_cache",
                column: "expires_at")
                .Annotation("Npgsql:IndexInclude", new[] { "bytes" });

            migrationBuilder.CreateIndex(
                name: "ix_request_dependencies_depends_on",
                table: "request_dependencies",
                column: "depends_on");

            migrationBuilder.Sql("insert into event_cursor(id, xid, request_id, version, updated_at) values (1, '0', '00000000-0000-0000-0000-000000000000', -1, now())");
            migrationBuilder.Sql("alter table cache_tags set (fillfactor = 30, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)");
            migrationBuilder.Sql(TableSettings.LanesSql);
            migrationBuilder.Sql(TableSettings.RightsSql);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "api_keys");

            migrationBuilder.DropTable(
                name: "audit_entries");

            migrationBuilder.DropTable(
                name: "bulk_items");

            migrationBuilder.DropTable(
                name: "bulk_operations");

            migrationBuilder.DropTable(
                name: "cache_tags");

            migrationBuilder.DropTable(
                name: "callback_deliveries");

            migrationBuilder.DropTable(
                name: "client_quotas");

            migrationBuilder.DropTable(
                name: "dead_letter_care");

            migrationBuilder.DropTable(
                name: "event_cursor");

            migrationBuilder.DropTable(
                name: "lanes");

            migrationBuilder.DropTable(
                name: "leadership");

            migrationBuilder.DropTable(
                name: "queue_history");

            migrationBuilder.DropTable(
                name: "read_cache");

            migrationBuilder.DropTable(
                name: "refused_submissions");

            migrationBuilder.DropTable(
                name: "request_dependencies");

            migrationBuilder.DropTable(
                name: "service_grants");

            migrationBuilder.DropTable(
                name: "service_recoveries");

            migrationBuilder.DropTable(
                name: "service_state");

            migrationBuilder.DropTable(
                name: "service_workers");

            migrationBuilder.DropTable(
                name: "callbacks");

            migrationBuilder.DropIndex(
                name: "ix_request_events_order",
                table: "request_events");

            migrationBuilder.DropIndex(
                name: "ix_request_attempts_order",
                table: "request_attempts");

            migrationBuilder.DropIndex(
                name: "ix_queue_requests_batch",
                table: "queue_requests");

            migrationBuilder.DropIndex(
                name: "ix_queue_requests_cache_key",
                table: "queue_requests");

            migrationBuilder.DropIndex(
                name: "ix_queue_requests_equal",
                table: "queue_requests");

            migrationBuilder.DropIndex(
                name: "ix_queue_requests_external_id",
                table: "queue_requests");

            migrationBuilder.DropIndex(
                name: "ix_queue_requests_held",
                table: "queue_requests");

            migrationBuilder.DropIndex(
                name: "ix_queue_requests_lane",
                table: "queue_requests");

            migrationBuilder.DropIndex(
                name: "ix_queue_requests_may_be_stale",
                table: "queue_requests");

            migrationBuilder.DropIndex(
                name: "ix_queue_requests_queued",
                table: "queue_requests");

            migrationBuilder.DropColumn(
                name: "xid",
                table: "request_events");

            migrationBuilder.DropColumn(
                name: "xid",
                table: "request_attempts");

            migrationBuilder.DropColumn(
                name: "batch_key",
                table: "queue_requests");

            migrationBuilder.DropColumn(
                name: "cache_key",
                table: "queue_requests");

            migrationBuilder.DropColumn(
                name: "cached_at",
                table: "queue_requests");

            migrationBuilder.DropColumn(
                name: "depth",
                table: "queue_requests");

            migrationBuilder.DropColumn(
                name: "external_id",
                table: "queue_requests");

            migrationBuilder.DropColumn(
                name: "has_dependents",
                table: "queue_requests");

            migrationBuilder.DropColumn(
                name: "shares",
                table: "queue_requests");

            migrationBuilder.DropColumn(
                name: "stale",
                table: "queue_requests");

            migrationBuilder.DropColumn(
                name: "stale_if_error",
                table: "queue_requests");

            migrationBuilder.DropColumn(
                name: "unclear_from",
                table: "queue_requests");

            migrationBuilder.DropColumn(
                name: "unclear_since",
                table: "queue_requests");

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_queued",
                table: "queue_requests",
                columns: new[] { "service", "priority", "sent_at" },
                filter: "status = 'queued'")
                .Annotation("Npgsql:IndexInclude", new[] { "created_at" });
        }
    }
}
