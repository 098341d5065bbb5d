using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Riq.Engine.Storage.Migrations
{
    /// <inheritdoc />
    public partial class QueueHistory : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "queue_history",
                columns: table => new
                {
                    at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false),
                    queued = table.Column<long>(type: "bigint", nullable: false),
                    processing = table.Column<long>(type: "bigint", nullable: false),
                    oldest_seconds = table.Column<double>(type: "double precision", nullable: false),
                    ended_total = table.Column<long>(type: "bigint", nullable: false),
                    unsuccessful_share = table.Column<double>(type: "double precision", nullable: true),
                    p50 = table.Column<double>(type: "double precision", nullable: true),
                    p95 = table.Column<double>(type: "double precision", nullable: true),
                    p99 = table.Column<double>(type: "double precision", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_queue_history", x => x.at);
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "queue_history");
        }
    }
}
