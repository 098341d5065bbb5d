using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Riq.Engine.Statistics;

/// <summary>How the queue was at one moment, every 10 s for a day: what the page's charts begin with.</summary>
sealed class HistoryRow
{
    public DateTime At { get; set; }
    public long Queued { get; set; }
    public long Processing { get; set; }
    /// <summary>How long the oldest waiting request had waited; 0 when none did.</summary>
    public double OldestSeconds { get; set; }
    /// <summary>Requests that workers had ended by then; only its growth means something.</summary>
    public long EndedTotal { get; set; }
    /// <summary>Which part of those that ended since the row before did not complete.</summary>
    public double? UnsuccessfulShare { get; set; }
    /// <summary>Submit to end, of those that ended since the row before; null when none did.</summary>
    public double? P50 { get; set; }
    public double? P95 { get; set; }
    public double? P99 { get; set; }
}

sealed class HistoryTable : IEntityTypeConfiguration<HistoryRow>
{
    public void Configure(EntityTypeBuilder<HistoryRow> e) => e.ToTable("queue_history").HasKey(x => x.At);
}
