using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Riq.Engine.Storage.Migrations
{
    /// <inheritdoc />
    public partial class ReadCache : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
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

            migrationBuilder.AddColumn<bool>(
                name: "shares",
                table: "queue_requests",
                type: "boolean",
                nullable: false,
                defaultValue: false);

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
                name: "ix_read_cache_expires_at",
                table: "read_cache",
                column: "expires_at")
                .Annotation("Npgsql:IndexInclude", new[] { "bytes" });

            // The same few rows change with every write.
            migrationBuilder.Sql("alter table cache_tags set (fillfactor = 30, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "cache_tags");

            migrationBuilder.DropTable(
                name: "read_cache");

            migrationBuilder.DropIndex(
                name: "ix_queue_requests_cache_key",
                table: "queue_requests");

            migrationBuilder.DropIndex(
                name: "ix_queue_requests_equal",
                table: "queue_requests");

            migrationBuilder.DropColumn(
                name: "cache_key",
                table: "queue_requests");

            migrationBuilder.DropColumn(
                name: "cached_at",
                table: "queue_requests");

            migrationBuilder.DropColumn(
                name: "shares",
                table: "queue_requests");
        }
    }
}
