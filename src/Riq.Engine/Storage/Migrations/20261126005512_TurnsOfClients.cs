using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Riq.Engine.Storage.Migrations
{
    /// <inheritdoc />
    public partial class TurnsOfClients : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_queue_requests_queued",
                table: "queue_requests");

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_queued",
                table: "queue_requests",
                columns: new[] { "service", "priority", "client_id", "sent_at" },
                filter: "status = 'queued'")
                .Annotation("Npgsql:IndexInclude", new[] { "created_at" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_queue_requests_queued",
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
