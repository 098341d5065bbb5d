using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Riq.Engine.Order;
using Riq.Engine.Requests;

namespace Riq.Engine.Storage;

/// <summary>One request waits for another one.</summary>
sealed class RequestDependency
{
    public Guid RequestId { get; set; }
    public Guid DependsOn { get; set; }
    /// <summary>One of <see cref="DependencyKind"/>.</summary>
    public string Kind { get; set; } = "";
    /// <summary>Whether it has completed, in time, as far as the waiting request is concerned.</summary>
    public bool Done { get; set; }
}

sealed class RequestDependencyTable : IEntityTypeConfiguration<RequestDependency>
{
    public void Configure(EntityTypeBuilder<RequestDependency> e)
    {
        e.ToTable("request_dependencies", t => t.HasCheckConstraint("request_dependencies_kind", $"kind in ('{DependencyKind.Result}', '{DependencyKind.Consistency}')"));
        e.HasKey(x => new { x.RequestId, x.DependsOn, x.Kind });
        e.HasIndex(x => x.DependsOn);
        // Goes with its request, whoever deletes that. What it depends on may go first: then nobody can tell any more how it ended.
        e.HasOne<QueueRequest>().WithMany().HasForeignKey(x => x.RequestId).OnDelete(DeleteBehavior.Cascade);
    }
}

/// <summary>The writes to one entity: a row to lock, and the last place given.</summary>
sealed class Lane
{
    public string Key { get; set; } = "";
    public long LastSeq { get; set; }
    public DateTime UsedAt { get; set; }
}

sealed class LaneTable : IEntityTypeConfiguration<Lane>
{
    public void Configure(EntityTypeBuilder<Lane> e) => e.ToTable("lanes").HasKey(x => x.Key);
}
