using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Riq.Engine.Storage.Migrations
{
    /// <inheritdoc />
    public partial class Order : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "depth",
                table: "queue_requests",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "external_id",
                table: "queue_requests",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "has_dependents",
                table: "queue_requests",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.CreateTable(
                name: "lanes",
                columns: table => new
                {
                    key = table.Column<string>(type: "text", nullable: false),
                    last_seq = table.Column<long>(type: "bigint", nullable: false),
                    used_at = table.Column<DateTime>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_lanes", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "request_dependencies",
                columns: table => new
                {
                    request_id = table.Column<Guid>(type: "uuid", nullable: false),
                    depends_on = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "text", nullable: false),
                    done = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_request_dependencies", x => new { x.request_id, x.depends_on, x.kind });
                    table.CheckConstraint("request_dependencies_kind", "kind in ('result', 'consistency')");
                    table.ForeignKey(
                        name: "fk_request_dependencies_queue_requests_request_id",
                        column: x => x.request_id,
                        principalTable: "queue_requests",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.Sql(TableSettings.LanesSql);

            migrationBuilder.CreateIndex(
                name: "ix_queue_requests_external_id",
                table: "queue_requests",
                columns: new[] { "service", "external_id" },
                filter: "external_id is not null");

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
                name: "ix_request_dependencies_depends_on",
                table: "request_dependencies",
                column: "depends_on");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "lanes");

            migrationBuilder.DropTable(
                name: "request_dependencies");

            migrationBuilder.DropIndex(
                name: "ix_queue_requests_external_id",
                table: "queue_requests");

            migrationBuilder.DropIndex(
                name: "ix_queue_requests_held",
                table: "queue_requests");

            migrationBuilder.DropIndex(
                name: "ix_queue_requests_lane",
                table: "queue_requests");

            migrationBuilder.DropColumn(
                name: "depth",
                table: "queue_requests");

            migrationBuilder.DropColumn(
                name: "external_id",
                table: "queue_requests");

            migrationBuilder.DropColumn(
                name: "has_dependents",
                table: "queue_requests");
        }
    }
}
