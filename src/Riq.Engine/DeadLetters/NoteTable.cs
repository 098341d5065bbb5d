using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Riq.Engine.DeadLetters;

/// <summary>A note on a group of dead letters: a row of <c>dead_letter_notes</c>.</summary>
sealed class DeadLetterNote
{
    public long Id { get; set; }
    /// <summary>Of the group. It outlives the group's dead letters: the same failure comes back as the same group.</summary>
    public string Fingerprint { get; set; } = "";
    public DateTime At { get; set; }
    public string By { get; set; } = "";
    public string Text { get; set; } = "";
}

sealed class DeadLetterNoteTable : IEntityTypeConfiguration<DeadLetterNote>
{
    public void Configure(EntityTypeBuilder<DeadLetterNote> e)
    {
        e.ToTable("dead_letter_notes").HasKey(x => x.Id);
        e.Property(x => x.Id).UseIdentityAlwaysColumn();
        e.Property(x => x.At).HasDefaultValueSql("now()");
        e.HasIndex(x => x.Fingerprint);
    }
}
