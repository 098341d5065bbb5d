using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Riq.Engine.Storage.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "outbox",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    message_id = table.Column<Guid>(type: "uuid", nullable: false),
                    destination = table.Column<string>(type: "text", nullable: false),
                    body = table.Column<byte[]>(type: "bytea", nullable: false),
                    due_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    parked_reason = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_outbox", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "queue_requests",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    token = table.Column<string>(type: "text", nullable: false, computedColumnSql: "'req_' || replace(id::text, '-', '')", stored: true),
                    client_id = table.Column<string>(type: "text", nullable: false),
                    operation = table.Column<string>(type: "text", nullable: false),
                    service = table.Column<string>(type: "text", nullable: false),
                    payload = table.Column<string>(type: "jsonb", nullable: false),
                    priority = table.Column<string>(type: "text", nullable: false, defaultValue: "normal"),
                    status = table.Column<string>(type: "text", nullable: false),
                    idempotency_key = table.Column<string>(type: "text", nullable: true),
                    payload_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    consistency_token = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    updated_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    started_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    completed_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    retry_count = table.Column<int>(type: "integer", nullable: false),
                    max_retries = table.Column<int>(type: "integer", nullable: false),
                    attempt = table.Column<int>(type: "integer", nullable: false),
                    next_retry_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    expires_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    result = table.Column<string>(type: "jsonb", nullable: true),
                    error = table.Column<string>(type: "jsonb", nullable: true),
                    callback_url = table.Column<string>(type: "text", nullable: true),
                    fire_and_forget = table.Column<bool>(type: "boolean", nullable: false),
                    lease_until = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    worker = table.Column<string>(type: "text", nullable: true),
                    claim_id = table.Column<Guid>(type: "uuid", nullable: true),
                    traceparent = table.Column<string>(type: "text", nullable: true),
                    ready = table.Column<bool>(type: "boolean", nullable: false),
                    sent_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    pending_dependencies = table.Column<int>(type: "integer", nullable: false),
                    lane_key = table.Column<string>(type: "text", nullable: true),
                    lane_seq = table.Column<long>(type: "bigint", nullable: true),
                    deferrals = table.Column<int>(type: "integer", nullable: false),
                    crashes = table.Column<int>(type: "integer", nullable: false),
                    next_step = table.Column<string>(type: "text", nullable: false, defaultValue: "execute"),
                    waiting_for = table.Column<string>(type: "text", nullable: true),
                    routing_path = table.Column<string>(type: "text", nullable: true),
                    version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_queue_requests", x => x.id);
                    table.CheckConstraint("queue_requests_next_step", "next_step in ('execute', 'clear_up')");
                    table.CheckConstraint("queue_requests_priority", "priority in ('high', 'normal', 'low')");
                    table.CheckConstraint("queue_requests_status", "status in ('queued', 'processing', 'completed', 'failed', 'dead')");
                });

            migrationBuilder.CreateTable(
                name: "queue_stats",
                columns: table => new
                {
                    service = table.Column<string>(type: "text", nullable: false),
                    priority = table.Column<string>(type: "text", nullable: false),
                    queued = table.Column<long>(type: "bigint", nullable: false),
                    processing = table.Column<long>(type: "bigint", nullable: false),
                    oldest_queued_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    ended_per_second = table.Column<double>(type: "double precision", nullable: false),
                    ended_total = table.Column<long>(type: "bigint", nullable: false),
                    claimed_sent_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    updated_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_queue_stats", x => new { x.service, x.priority });
                });

            migrationBuilder.CreateTable(
                name: "request_attempts",
                columns: table => new
                {
                    request_id = table.Column<Guid>(type: "uuid", nullable: false),
                    attempt = table.Column<int>(type: "integer", nullable: false),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    started_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    ended_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    worker = table.Column<string>(type: "text", nullable: true),
                    status = table.Column<string>(type: "text", nullable: false),
                    @event = table.Column<string>(name: "event", type: "text", nullable: false),
                    http_status = table.Column<int>(type: "integer", nullable: true),
                    error = table.Column<string>(type: "jsonb", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_request_attempts", x => new { x.request_id, x.attempt });
                });

            migrationBuilder.CreateTable(
                name: "request_events",
                columns: table => new
                {
                    request_id = table.Column<Guid>(type: "uuid", nullable: false),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    @event = table.Column<string>(name: "event", type: "text", nullable: false),
                    status = table.Column<string>(type: "text", nullable: false),
                    attempt = table.Column<int>(type: "integer", nullable: false),
                    by = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_request_events", x => new { x.request_id, x.version });
                });

            migrationBuilder.CreateIndex(
                name: "ix_outbox_due_at",
                table: "outbox",
                column: "due_at");

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_client_id_idempotency_key",
                table: "queue_requests",
                columns: new[] { "client_id", "idempotency_key" },
                unique: true,
                filter: "idempotency_key is not null");

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_consistency_token",
                table: "queue_requests",
                column: "consistency_token",
                unique: true,
                filter: "consistency_token is not null");

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_expires",
                table: "queue_requests",
                column: "expires_at",
                filter: "status = 'queued' and expires_at is not null");

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_processing",
                table: "queue_requests",
                column: "lease_until",
                filter: "status = 'processing'");

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_queued",
                table: "queue_requests",
                columns: new[] { "service", "priority", "sent_at" },
                filter: "status = 'queued'")
                .Annotation("Npgsql:IndexInclude", new[] { "created_at" });

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_token",
                table: "queue_requests",
                column: "token",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_unsuccessful",
                table: "queue_requests",
                columns: new[] { "status", "id" },
                filter: "status in ('failed', 'dead')")
                .Annotation("Npgsql:IndexInclude", new[] { "service" });

            migrationBuilder.Sql(TableSettings.Sql);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "outbox");

            migrationBuilder.DropTable(
                name: "queue_requests");

            migrationBuilder.DropTable(
                name: "queue_stats");

            migrationBuilder.DropTable(
                name: "request_attempts");

            migrationBuilder.DropTable(
                name: "request_events");
        }
    }
}
