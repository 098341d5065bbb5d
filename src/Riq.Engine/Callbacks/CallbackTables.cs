using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Riq.Engine.Requests;

namespace Riq.Engine.Callbacks;

/// <summary>The states of a callback as they are stored.</summary>
static class CallbackStatus
{
    public const string Pending = "pending";
    public const string Delivered = "delivered";
    /// <summary>Not delivered within <see cref="CallbackOptions.GiveUpAfter"/>.</summary>
    public const string Failed = "failed";
    /// <summary>The receiver answered 410: it wants no more of them.</summary>
    public const string Gone = "gone";
    /// <summary>The request was run again before it could be delivered; its next end has a callback of its own.</summary>
    public const string Superseded = "superseded";

    public static readonly IReadOnlyList<string> All = [Pending, Delivered, Failed, Gone, Superseded];
}

/// <summary>One end of a request that its client wants to be told.</summary>
sealed class CallbackRow
{
    /// <summary>The <c>webhook-id</c>, the same in every delivery.</summary>
    public Guid Id { get; set; }
    public Guid RequestId { get; set; }
    /// <summary>The request's version at its end.</summary>
    public long Version { get; set; }
    /// <summary>When the request ended; tells whether it is still that end.</summary>
    public DateTime EndedAt { get; set; }
    public string RequestStatus { get; set; } = "";
    public string ClientId { get; set; } = "";
    public string Url { get; set; } = "";
    public string Host { get; set; } = "";
    /// <summary>One of <see cref="CallbackStatus"/>.</summary>
    public string State { get; set; } = "";
    /// <summary>Fencing number of the deliveries; only grows.</summary>
    public int Attempts { get; set; }
    /// <summary>Failed deliveries since it was asked for.</summary>
    public int Failures { get; set; }
    /// <summary>When any worker may deliver it: the time of the next try, or when the present one counts as lost.</summary>
    public DateTime DueAt { get; set; }
    public DateTime GiveUpAt { get; set; }
}

sealed class CallbackTable : IEntityTypeConfiguration<CallbackRow>
{
    public void Configure(EntityTypeBuilder<CallbackRow> e)
    {
        e.ToTable("callbacks", t => t.HasCheckConstraint("callbacks_state", "state in ('pending', 'delivered', 'failed', 'gone', 'superseded')"));
        e.HasKey(x => x.Id);
        e.Property(x => x.Id).ValueGeneratedNever();
        e.HasOne<QueueRequest>().WithMany().HasForeignKey(x => x.RequestId).OnDelete(DeleteBehavior.Cascade);
        e.HasIndex(x => x.RequestId);
        e.HasIndex(x => x.DueAt).HasDatabaseName("ix_callbacks_due").HasFilter("state = 'pending'");
    }
}

/// <summary>One delivery. Rows are only ever added.</summary>
sealed class CallbackDelivery
{
    public Guid CallbackId { get; set; }
    public int Attempt { get; set; }
    public DateTime At { get; set; }
    public int TookMs { get; set; }
    public int? HttpStatus { get; set; }
    /// <summary>Null when it was taken.</summary>
    public string? Error { get; set; }
}

sealed class CallbackDeliveryTable : IEntityTypeConfiguration<CallbackDelivery>
{
    public void Configure(EntityTypeBuilder<CallbackDelivery> e)
    {
        e.ToTable("callback_deliveries").HasKey(x => new { x.CallbackId, x.Attempt });
        e.HasOne<CallbackRow>().WithMany().HasForeignKey(x => x.CallbackId).OnDelete(DeleteBehavior.Cascade);
    }
}
