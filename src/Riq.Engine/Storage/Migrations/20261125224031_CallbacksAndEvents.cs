using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Riq.Engine.Storage.Migrations
{
    /// <inheritdoc />
    public partial class CallbacksAndEvents : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
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

            // Listeners hear of everything from the migration on.
            migrationBuilder.Sql("insert into event_cursor(id, xid, request_id, version, updated_at) values (1, '0', '00000000-0000-0000-0000-000000000000', -1, now())");

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
                name: "ix_callbacks_due",
                table: "callbacks",
                column: "due_at",
                filter: "state = 'pending'");

            migrationBuilder.CreateIndex(
                name: "ix_callbacks_request_id",
                table: "callbacks",
                column: "request_id");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "callback_deliveries");

            migrationBuilder.DropTable(
                name: "event_cursor");

            migrationBuilder.DropTable(
                name: "callbacks");

            migrationBuilder.DropIndex(
                name: "ix_request_events_order",
                table: "request_events");

            migrationBuilder.DropIndex(
                name: "ix_request_attempts_order",
                table: "request_attempts");

            migrationBuilder.DropColumn(
                name: "xid",
                table: "request_events");

            migrationBuilder.DropColumn(
                name: "xid",
                table: "request_attempts");
        }
    }
}
