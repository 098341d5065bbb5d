using Npgsql;
using Riq.Engine.Storage;

namespace Riq.Engine.DeadLetters;

/// <summary>Which dead letters; what is null does not matter.</summary>
sealed record DeadLetterFilter(string? ClientId)
{
    public string? Service { get; init; }
    public string? Operation { get; init; }
    /// <summary>The error's code.</summary>
    public string? Code { get; init; }
    /// <summary>The group (<see cref="DeadLetterGroup"/>).</summary>
    public string? Fingerprint { get; init; }
    /// <summary>1, 2 or 3, by how long it has been dead.</summary>
    public int? Tier { get; init; }
    public DateTime? CreatedAfter { get; init; }
    public DateTime? FailedAfter { get; init; }

    /// <summary>Whether it leaves anything out, beside what the caller may not see.</summary>
    public bool IsAll => this == new DeadLetterFilter(ClientId);

    // What differs from one failure to the next of the same kind: quoted text, tokens, issue keys, ids, numbers.
    const string Normal = """
        regexp_replace(regexp_replace(regexp_replace(left(r.error->>'message', 300), '"[^"]*"|''[^'']*''', '…', 'g'),
          'req_[0-9a-f]{32}|\m[A-Z][A-Z0-9]+-[0-9]+\M|\m(?=[a-f-]*[0-9])[0-9a-f-]{8,}\M', '…', 'g'), '[0-9]+', '…', 'g')
        """;

    /// <summary>The message without what differs, of <c>queue_requests r</c>.</summary>
    public const string MessageSql = Normal;

    /// <summary>What dead letters of one kind have in common, of <c>queue_requests r</c>.</summary>
    public const string FingerprintSql = $"left(md5(concat_ws('|', r.service, r.operation, r.error->>'code', {Normal})), 16)";

    /// <summary>Of <c>queue_requests r</c>; parameters 9 and 10 are the ages at which tiers 2 and 3 begin.</summary>
    public const string TierSql = "case when r.completed_at > now() - $9 then 1 when r.completed_at > now() - $10 then 2 else 3 end";

    /// <summary>Condition on <c>queue_requests r</c>, with the parameters of <see cref="AddTo"/>.</summary>
    public const string Sql = $"""
        r.status = 'dead' and ($1::text is null or r.client_id = $1) and ($2::text is null or r.service = $2) and ($3::text is null or r.operation = $3)
        and ($4::text is null or r.error->>'code' = $4) and ($5::text is null or {FingerprintSql} = $5) and ($6::int is null or {TierSql} = $6)
        and ($7::timestamptz is null or r.created_at > $7) and ($8::timestamptz is null or r.completed_at > $8)
        """;

    /// <summary>The first ten parameters.</summary>
    public NpgsqlCommand AddTo(NpgsqlCommand command, DeadLetterOptions tiers) => command.With(ClientId).With(Service).With(Operation).With(Code).With(Fingerprint).With(Tier)
        .With(CreatedAfter).With(FailedAfter).With(tiers.EscalateAfter).With(tiers.ArchiveAfter);
}
