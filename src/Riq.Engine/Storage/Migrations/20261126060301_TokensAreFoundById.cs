using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Riq.Engine.Storage.Migrations
{
    /// <inheritdoc />
    public partial class TokensAreFoundById : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_queue_requests_consistency_token",
                table: "queue_requests");

            migrationBuilder.DropIndex(
                name: "ix_queue_requests_token",
                table: "queue_requests");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_consistency_token",
                table: "queue_requests",
                column: "consistency_token",
                unique: true,
                filter: "consistency_token is not null");

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_token",
                table: "queue_requests",
                column: "token",
                unique: true);
        }
    }
}
