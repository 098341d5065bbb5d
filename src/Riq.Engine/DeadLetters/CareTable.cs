using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Riq.Engine.DeadLetters;

/// <summary>What RIQ has done by itself about one dead letter.</summary>
sealed class DeadLetterCare
{
    public Guid RequestId { get; set; }
    /// <summary>Counted before each retry, so that a crash makes it one less and never one more.</summary>
    public int AutomaticRetries { get; set; }
    public DateTime? EscalatedAt { get; set; }
    public DateTime? ArchivedAt { get; set; }
}

/// <summary>When a service's circuit was last seen to have closed again.</summary>
sealed class ServiceRecovery
{
    public string Service { get; set; } = "";
    /// <summary>Of the circuit; it grows with each of its changes, so no opening in between is missed.</summary>
    public long Generation { get; set; }
    public DateTime? ClosedAt { get; set; }
}

sealed class DeadLetterCareTable : IEntityTypeConfiguration<DeadLetterCare>
{
    public void Configure(EntityTypeBuilder<DeadLetterCare> e) => e.ToTable("dead_letter_care").HasKey(x => x.RequestId);
}

sealed class ServiceRecoveryTable : IEntityTypeConfiguration<ServiceRecovery>
{
    public void Configure(EntityTypeBuilder<ServiceRecovery> e) => e.ToTable("service_recoveries").HasKey(x => x.Service);
}
