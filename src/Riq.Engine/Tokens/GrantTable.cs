using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Riq.Engine.Tokens;

/// <summary>The credential of one service as all processes share it: one row of <c>service_grants</c>. Tokens are ciphertext.</summary>
sealed class ServiceGrant
{
    public string Service { get; set; } = "";
    public string Type { get; set; } = "";
    /// <summary>Grows with every new credential; the compare-and-swap of every store.</summary>
    public long Generation { get; set; }
    public byte[]? AccessToken { get; set; }
    public byte[]? RefreshToken { get; set; }
    public DateTime? ExpiresAt { get; set; }
    /// <summary>From when on the access token is replaced before it is handed out.</summary>
    public DateTime? RefreshAt { get; set; }
    /// <summary>When the present refresh token was first sent to the token endpoint; null: never. Its answer may be lost.</summary>
    public DateTime? SpendStartedAt { get; set; }
    /// <summary>Until then only the process that has <see cref="LeaseId"/> may spend the refresh token.</summary>
    public DateTime? LeaseUntil { get; set; }
    public Guid? LeaseId { get; set; }
    /// <summary><c>ok</c> or <c>needs_reauth</c>.</summary>
    public string State { get; set; } = GrantState.Ok;
    /// <summary>Hash of the configuration that it began with: another one means that an operator has changed it.</summary>
    public byte[] Seed { get; set; } = [];
    /// <summary>What went wrong last; holds no secret.</summary>
    public string? Error { get; set; }
    public DateTime UpdatedAt { get; set; }
}

/// <summary>Whether a credential works, as it is stored.</summary>
static class GrantState
{
    public const string Ok = "ok";
    public const string NeedsReauth = "needs_reauth";
}

sealed class ServiceGrantTable : IEntityTypeConfiguration<ServiceGrant>
{
    public void Configure(EntityTypeBuilder<ServiceGrant> e)
    {
        e.ToTable("service_grants", t => t.HasCheckConstraint("service_grants_state", $"state in ('{GrantState.Ok}', '{GrantState.NeedsReauth}')"));
        e.HasKey(x => x.Service);
    }
}
