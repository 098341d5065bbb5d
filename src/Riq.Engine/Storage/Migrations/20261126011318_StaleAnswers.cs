using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Riq.Engine.Storage.Migrations
{
    /// <inheritdoc />
    public partial class StaleAnswers : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
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

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_may_be_stale",
                table: "queue_requests",
                column: "service",
                filter: "status = 'queued' and stale_if_error is not null");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_queue_requests_may_be_stale",
                table: "queue_requests");

            migrationBuilder.DropColumn(
                name: "stale",
                table: "queue_requests");

            migrationBuilder.DropColumn(
                name: "stale_if_error",
                table: "queue_requests");
        }
    }
}
