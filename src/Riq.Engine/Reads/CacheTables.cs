using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Riq.Engine.Reads;

/// <summary>The answer of one read. It is valid as long as every change of its <see cref="Tags"/> was visible when the read began.</summary>
sealed class ReadCacheEntry
{
    /// <summary>Operation, canonical payload, site and credential as a hash.</summary>
    public byte[] Key { get; set; } = [];
    public string Operation { get; set; } = "";
    /// <summary>JSON.</summary>
    public string Result { get; set; } = "";
    public string[] Tags { get; set; } = [];
    /// <summary>What was committed when the read was claimed.</summary>
    public string Snapshot { get; set; } = "";
    /// <summary>When the read was claimed: the answer is not older.</summary>
    public DateTime ReadAt { get; set; }
    public DateTime ExpiresAt { get; set; }
    public int Bytes { get; set; }
}

sealed class ReadCacheTable : IEntityTypeConfiguration<ReadCacheEntry>
{
    public void Configure(EntityTypeBuilder<ReadCacheEntry> e)
    {
        e.ToTable("read_cache").HasKey(x => x.Key);
        e.Property(x => x.Result).HasColumnType("jsonb");
        e.Property(x => x.Snapshot).HasColumnType("pg_snapshot");
        e.HasIndex(x => x.ExpiresAt).IncludeProperties(x => x.Bytes);
    }
}

/// <summary>When what the tag names was last changed by a write of RIQ. No row: not within the life of any entry.</summary>
sealed class CacheTagRow
{
    public string Tag { get; set; } = "";
    /// <summary>The transaction that stored the write's outcome.</summary>
    public ulong ChangedBy { get; set; }
    public DateTime ChangedAt { get; set; }
}

sealed class CacheTagTable : IEntityTypeConfiguration<CacheTagRow>
{
    public void Configure(EntityTypeBuilder<CacheTagRow> e)
    {
        e.ToTable("cache_tags").HasKey(x => x.Tag);
        e.Property(x => x.ChangedBy).HasColumnType("xid8");
    }
}
