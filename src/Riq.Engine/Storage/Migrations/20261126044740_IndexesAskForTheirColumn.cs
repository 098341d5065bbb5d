using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Riq.Engine.Storage.Migrations
{
    /// <inheritdoc />
    public partial class IndexesAskForTheirColumn : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_queue_requests_cache_key",
                table: "queue_requests");

            migrationBuilder.DropIndex(
                name: "ix_queue_requests_equal",
                table: "queue_requests");

            migrationBuilder.DropIndex(
                name: "ix_queue_requests_held",
                table: "queue_requests");

            migrationBuilder.DropIndex(
                name: "ix_queue_requests_lane",
                table: "queue_requests");

            migrationBuilder.DropIndex(
                name: "ix_queue_requests_processing",
                table: "queue_requests");

            migrationBuilder.DropIndex(
                name: "ix_queue_requests_queued",
                table: "queue_requests");

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_cache_key",
                table: "queue_requests",
                column: "cache_key",
                unique: true,
                filter: "status = 'processing' and shares and cache_key is not null");

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_equal",
                table: "queue_requests",
                column: "cache_key",
                filter: "status = 'queued' and shares and cache_key is not null");

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_held",
                table: "queue_requests",
                column: "updated_at",
                filter: "status = 'queued' and not ready and updated_at is not null");

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_lane",
                table: "queue_requests",
                columns: new[] { "lane_key", "lane_seq" },
                unique: true,
                filter: "lane_seq is not null and lane_key is not null");

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_processing",
                table: "queue_requests",
                column: "lease_until",
                filter: "status = 'processing' and lease_until is not null");

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_queued",
                table: "queue_requests",
                columns: new[] { "service", "priority", "client_id", "sent_at" },
                filter: "status = 'queued' and service is not null")
                .Annotation("Npgsql:IndexInclude", new[] { "created_at" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_queue_requests_cache_key",
                table: "queue_requests");

            migrationBuilder.DropIndex(
                name: "ix_queue_requests_equal",
                table: "queue_requests");

            migrationBuilder.DropIndex(
                name: "ix_queue_requests_held",
                table: "queue_requests");

            migrationBuilder.DropIndex(
                name: "ix_queue_requests_lane",
                table: "queue_requests");

            migrationBuilder.DropIndex(
                name: "ix_queue_requests_processing",
                table: "queue_requests");

            migrationBuilder.DropIndex(
                name: "ix_queue_requests_queued",
                table: "queue_requests");

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
                name: "ix_queue_requests_processing",
                table: "queue_requests",
                column: "lease_until",
                filter: "status = 'processing'");

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_queued",
                table: "queue_requests",
                columns: new[] { "service", "priority", "client_id", "sent_at" },
                filter: "status = 'queued'")
                .Annotation("Npgsql:IndexInclude", new[] { "created_at" });
        }
    }
}
