using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Riq.Engine.Storage.Migrations
{
    /// <inheritdoc />
    public partial class ServiceState : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "service_state",
                columns: table => new
                {
                    service = table.Column<string>(type: "text", nullable: false),
                    circuit = table.Column<string>(type: "text", nullable: false),
                    generation = table.Column<long>(type: "bigint", nullable: false),
                    opened_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    open_until = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    trial_owner = table.Column<string>(type: "text", nullable: true),
                    trial_until = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    forced = table.Column<string>(type: "text", nullable: true),
                    forced_by = table.Column<string>(type: "text", nullable: true),
                    buckets = table.Column<string>(type: "jsonb", nullable: false),
                    paused_by = table.Column<string>(type: "text", nullable: true),
                    paused_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    paused_until = table.Column<DateTime>(type: "timestamp with time zone", nullable: true),
                    pause_reason = table.Column<string>(type: "text", nullable: true),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    updated_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_service_state", x => x.service);
                    table.CheckConstraint("service_state_circuit", "circuit in ('closed', 'open', 'half_open')");
                    table.CheckConstraint("service_state_forced", "forced in ('closed', 'open')");
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "service_state");
        }
    }
}
