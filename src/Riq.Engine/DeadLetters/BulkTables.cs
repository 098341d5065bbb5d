using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Riq.Engine.DeadLetters;

/// <summary>A retry or purge of many dead letters: a row of <c>bulk_operations</c>.</summary>
sealed class BulkOperationRow
{
    public Guid Id { get; set; }
    /// <summary><c>retry</c> or <c>purge</c>.</summary>
    public string Kind { get; set; } = "";
    public string State { get; set; } = "";
    /// <summary>The query that the list was made from, for people.</summary>
    public string Filter { get; set; } = "";
    public string By { get; set; } = "";
    public int Total { get; set; }
    /// <summary>How many go first; the rest waits for what becomes of them.</summary>
    public int First { get; set; }
    public int PerSecond { get; set; }
    /// <summary>Whether the first ones went well enough for the rest.</summary>
    public bool Proven { get; set; }
    /// <summary>Why it ended before its end.</summary>
    public string? Reason { get; set; }
    public DateTime CreatedAt { get; set; }
    public DateTime? EndedAt { get; set; }
}

/// <summary>One dead letter of the list, as it was when the list was made.</summary>
sealed class BulkItemRow
{
    public Guid OperationId { get; set; }
    public int Ordinal { get; set; }
    public Guid RequestId { get; set; }
    /// <summary>Its version then: whatever has happened to it since leaves it alone.</summary>
    public long Version { get; set; }
    public string? Code { get; set; }
    /// <summary><c>waiting</c>, <c>done</c>, <c>skipped</c>.</summary>
    public string State { get; set; } = "";
}

sealed class BulkOperationTable : IEntityTypeConfiguration<BulkOperationRow>
{
    public void Configure(EntityTypeBuilder<BulkOperationRow> e)
    {
        e.ToTable("bulk_operations", t => t.HasCheckConstraint("bulk_operations_state", "state in ('running', 'completed', 'stopped', 'aborted')"));
        e.HasKey(x => x.Id);
        e.HasIndex(x => x.CreatedAt).HasDatabaseName("ix_bulk_operations_running").HasFilter("state = 'running'");
    }
}

sealed class BulkItemTable : IEntityTypeConfiguration<BulkItemRow>
{
    public void Configure(EntityTypeBuilder<BulkItemRow> e)
    {
        e.ToTable("bulk_items").HasKey(x => new { x.OperationId, x.Ordinal });
        e.HasIndex(x => new { x.OperationId, x.Ordinal }).HasDatabaseName("ix_bulk_items_waiting").HasFilter("state = 'waiting'");
    }
}
