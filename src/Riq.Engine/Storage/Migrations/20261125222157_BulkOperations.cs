using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Riq.Engine.Storage.Migrations
{
    /// <inheritdoc />
    public partial class BulkOperations : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
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
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "bulk_items");

            migrationBuilder.DropTable(
                name: "bulk_operations");
        }
    }
}
