using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Riq.Engine.Storage.Migrations
{
    /// <inheritdoc />
    public partial class Limits : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "burst",
                table: "service_state",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "concurrency",
                table: "service_state",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "held_reason",
                table: "service_state",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "held_until",
                table: "service_state",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "holds",
                table: "service_state",
                type: "jsonb",
                nullable: false,
                defaultValue: "[]");

            migrationBuilder.AddColumn<string>(
                name: "limits_by",
                table: "service_state",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<double>(
                name: "lowered_to",
                table: "service_state",
                type: "double precision",
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "lowered_until",
                table: "service_state",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "rate",
                table: "service_state",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<DateTime>(
                name: "rate_at",
                table: "service_state",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<double>(
                name: "rate_tokens",
                table: "service_state",
                type: "double precision",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "strikes",
                table: "service_state",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.CreateTable(
                name: "service_workers",
                columns: table => new
                {
                    service = table.Column<string>(type: "text", nullable: false),
                    worker = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    concurrency = table.Column<int>(type: "integer", nullable: false),
                    seen_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_service_workers", x => new { x.service, x.worker });
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "service_workers");

            migrationBuilder.DropColumn(
                name: "burst",
                table: "service_state");

            migrationBuilder.DropColumn(
                name: "concurrency",
                table: "service_state");

            migrationBuilder.DropColumn(
                name: "held_reason",
                table: "service_state");

            migrationBuilder.DropColumn(
                name: "held_until",
                table: "service_state");

            migrationBuilder.DropColumn(
                name: "holds",
                table: "service_state");

            migrationBuilder.DropColumn(
                name: "limits_by",
                table: "service_state");

            migrationBuilder.DropColumn(
                name: "lowered_to",
                table: "service_state");

            migrationBuilder.DropColumn(
                name: "lowered_until",
                table: "service_state");

            migrationBuilder.DropColumn(
                name: "rate",
                table: "service_state");

            migrationBuilder.DropColumn(
                name: "rate_at",
                table: "service_state");

            migrationBuilder.DropColumn(
                name: "rate_tokens",
                table: "service_state");

            migrationBuilder.DropColumn(
                name: "strikes",
                table: "service_state");
        }
    }
}
