using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Riq.Engine.Storage.Migrations
{
    /// <inheritdoc />
    public partial class ClearingUp : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
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
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "unclear_from",
                table: "queue_requests");

            migrationBuilder.DropColumn(
                name: "unclear_since",
                table: "queue_requests");
        }
    }
}
