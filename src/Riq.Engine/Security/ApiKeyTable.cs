using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Riq.Engine.Security;

/// <summary>One key of one client: a row of <c>api_keys</c>. Revoked keys stay, so that the trail of what they did can be read.</summary>
sealed class ApiKeyRow
{
    /// <summary>Public: the part of the key before its secret.</summary>
    public string Id { get; set; } = "";
    public string ClientId { get; set; } = "";
    /// <summary>SHA-256 of the whole key. It needs no salt and no slow hash: the key holds 256 random bits.</summary>
    public byte[] Hash { get; set; } = [];
    public string[] Scopes { get; set; } = [];
    /// <summary>Submissions a minute; null: the default of the settings.</summary>
    public int? Quota { get; set; }
    public DateTime CreatedAt { get; set; }
    public string CreatedBy { get; set; } = "";
    public DateTime? ExpiresAt { get; set; }
    public DateTime? RevokedAt { get; set; }
    public string? RevokedBy { get; set; }
}

sealed class ApiKeyTable : IEntityTypeConfiguration<ApiKeyRow>
{
    public void Configure(EntityTypeBuilder<ApiKeyRow> e)
    {
        e.ToTable("api_keys", t => t.HasCheckConstraint("api_keys_scopes", "cardinality(scopes) > 0 and scopes <@ array['submit', 'read', 'operate']"));
        e.HasKey(x => x.Id);
        e.HasIndex(x => x.Hash).IsUnique();
    }
}

/// <summary>How many submissions a client has left: a bucket that all API processes draw from.</summary>
sealed class ClientQuota
{
    public string ClientId { get; set; } = "";
    public double Tokens { get; set; }
    /// <summary>What the last process that asked was given.</summary>
    public int Granted { get; set; }
    public DateTime UpdatedAt { get; set; }
}

sealed class ClientQuotaTable : IEntityTypeConfiguration<ClientQuota>
{
    public void Configure(EntityTypeBuilder<ClientQuota> e) => e.ToTable("client_quotas").HasKey(x => x.ClientId);
}
