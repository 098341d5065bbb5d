using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Riq.Engine.Audit;

/// <summary>One thing that an operator did: a row of <c>audit_entries</c>. Rows are only ever added.</summary>
sealed class AuditRow
{
    public long Id { get; set; }
    public DateTime At { get; set; }
    public string By { get; set; } = "";
    /// <summary>In the past tense: <c>service_paused</c>, <c>retry_requested</c> …</summary>
    public string Action { get; set; } = "";
    /// <summary>What it was done to: a request's token, a service, a key's id.</summary>
    public string? Target { get; set; }
    /// <summary>Whose request or key that is.</summary>
    public string? ClientId { get; set; }
    /// <summary>JSON. Neither payloads nor secrets.</summary>
    public string? Details { get; set; }
}

sealed class AuditTable : IEntityTypeConfiguration<AuditRow>
{
    public void Configure(EntityTypeBuilder<AuditRow> e)
    {
        e.ToTable("audit_entries").HasKey(x => x.Id);
        e.Property(x => x.Id).UseIdentityAlwaysColumn();
        e.Property(x => x.At).HasDefaultValueSql("now()");
        e.Property(x => x.Details).HasColumnType("jsonb");
    }
}
