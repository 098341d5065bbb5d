using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Riq.Engine.Storage;

namespace Riq.Engine.Timeline;

/// <summary>How far events have been published on the bus: one row, moved on after RabbitMQ has confirmed them.</summary>
sealed class EventCursor(Database database)
{
    // Transaction ids only grow, except when a dump was restored into another server: then the cursor stands for nothing here.
    const string Foreign = "event_cursor.xid > pg_snapshot_xmin(pg_current_snapshot())";
    const string ReadSql = $"select xid::text, request_id, version from event_cursor where id = 1 and not {Foreign}";
    const string MoveSql = $"""
        insert into event_cursor(id, xid, request_id, version, updated_at) values (1, $1::text::xid8, $2, $3, now())
        on conflict (id) do update set xid = excluded.xid, request_id = excluded.request_id, version = excluded.version, updated_at = now()
        where (event_cursor.xid, event_cursor.request_id, event_cursor.version) < (excluded.xid, excluded.request_id, excluded.version) or {Foreign}
        """;
    const string ForgetSql = "delete from event_cursor";

    /// <summary>Null when there is no cursor yet, or none of this server.</summary>
    public async Task<ChangePosition?> Read(CancellationToken cancellation) =>
        (await database.Plain.CreateCommand(ReadSql).List(r => (ChangePosition?)new ChangePosition(ulong.Parse(r.GetString(0), CultureInfo.InvariantCulture), r.GetGuid(1), r.GetInt64(2)), cancellation)).SingleOrDefault();

    /// <summary>A move that is lost in a crash means that events are published once more, with the same message ids.</summary>
    public Task Move(ChangePosition to, CancellationToken cancellation) => database.HotUnflushed.CreateCommand(MoveSql)
        .With(to.Xid.ToString(CultureInfo.InvariantCulture)).With(to.RequestId).With(to.Version).Run(cancellation);

    /// <summary>Events are switched off: when they are switched on again, they begin with what happens then.</summary>
    public Task Forget(CancellationToken cancellation) => database.Plain.CreateCommand(ForgetSql).Run(cancellation);
}

sealed class EventCursorRow
{
    public int Id { get; set; }
    public ulong Xid { get; set; }
    public Guid RequestId { get; set; }
    public long Version { get; set; }
    public DateTime UpdatedAt { get; set; }
}

sealed class EventCursorTable : IEntityTypeConfiguration<EventCursorRow>
{
    public void Configure(EntityTypeBuilder<EventCursorRow> e)
    {
        e.ToTable("event_cursor").HasKey(x => x.Id);
        e.Property(x => x.Id).ValueGeneratedNever();
        e.Property(x => x.Xid).HasColumnType("xid8");
    }
}
