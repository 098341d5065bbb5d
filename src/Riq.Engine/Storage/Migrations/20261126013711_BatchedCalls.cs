using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Riq.Engine.Storage.Migrations
{
    /// <inheritdoc />
    public partial class BatchedCalls : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "batch_key",
                table: "queue_requests",
                type: "text",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_batch",
                table: "queue_requests",
                columns: new[] { "batch_key", "priority", "client_id", "id" },
                filter: "status = 'queued' and ready and next_step = 'execute' and batch_key is not null");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_queue_requests_batch",
                table: "queue_requests");

            migrationBuilder.DropColumn(
                name: "batch_key",
                table: "queue_requests");
        }
    }
}
