using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Riq.Contracts;
using Riq.Engine.Batching;
using Riq.Engine.Storage;

namespace Riq.Engine.Submission;

/// <summary>One refused message that could not be answered.</summary>
sealed record RefusedSubmission(Guid Id, DateTime At, string ClientId, string? UserId, string? MessageId, int Status, string Title, string Detail, string? Errors, string Body);

/// <summary>
/// Keeps refused messages whose sender waits for no answer, so that they are seen by operators and not lost without a word. Bounded:
/// the newest <see cref="MostKept"/>, each cut at <see cref="MaxBodyBytes"/>.
/// </summary>
sealed class RefusedSubmissions
{
    public const int MostKept = 1_000;
    public const int MaxBodyBytes = 16 * 1024;

    const string AddSql = """
        insert into refused_submissions(id, at, client_id, user_id, message_id, status, title, detail, errors, body)
        select id, now(), client_id, user_id, message_id, status, title, detail, errors::jsonb, body
        from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::text[], $8::text[], $9::text[])
          as t(id, client_id, user_id, message_id, status, title, detail, errors, body)
        on conflict do nothing
        """;

    const string TrimSql = "delete from refused_submissions where id in (select id from refused_submissions order by id desc offset $1)";

    const string ListSql = """
        select id, at, client_id, user_id, message_id, status, title, detail, errors::text, body from refused_submissions
        where ($1::text is null or client_id = $1) and ($2::uuid is null or id < $2) order by id desc limit $3
        """;

    readonly Database _database;
    readonly GroupCommit<RefusedSubmission, bool> _batch;

    public RefusedSubmissions(Database database)
    {
        _database = database;
        _batch = new(Store);
    }

    /// <summary>Keeps a refused message. Throws when Postgres is away.</summary>
    public Task Keep(BusMessage message, string clientId, RequestRefused why) => _batch.Add(new(Guid.CreateVersion7(), default, Storable(clientId)!, Storable(message.UserId), Storable(message.MessageId),
        why.Status, why.Title, why.Detail, why.Errors is null ? null : JsonSerializer.Serialize(why.Errors), Storable(Text(message.Body))!));

    /// <summary>A page of a client's refused messages, the youngest first; null: of everybody's.</summary>
    public Task<List<RefusedSubmission>> List(string? clientId, Guid? before, int limit, CancellationToken cancellation) =>
        _database.Plain.CreateCommand(ListSql).With(clientId).With(before).With(limit)
            .List(r => new RefusedSubmission(r.GetGuid(0), r.GetDateTime(1), r.GetString(2), r.Text(3), r.Text(4), r.GetInt32(5), r.GetString(6), r.GetString(7), r.Text(8), r.GetString(9)), cancellation);

    async Task<bool[]> Store(RefusedSubmission[] s)
    {
        await _database.Plain.CreateCommand(AddSql)
            .With(Array.ConvertAll(s, x => x.Id)).With(Array.ConvertAll(s, x => x.ClientId)).With(Array.ConvertAll(s, x => x.UserId)).With(Array.ConvertAll(s, x => x.MessageId))
            .With(Array.ConvertAll(s, x => x.Status)).With(Array.ConvertAll(s, x => x.Title)).With(Array.ConvertAll(s, x => x.Detail)).With(Array.ConvertAll(s, x => x.Errors)).With(Array.ConvertAll(s, x => x.Body))
            .Run();
        await _database.Plain.CreateCommand(TrimSql).With(MostKept).Run();
        return new bool[s.Length];
    }

    // Whatever the bytes are: what is no UTF-8 is shown as such.
    static string Text(byte[] body) => Encoding.UTF8.GetString(body, 0, Math.Min(body.Length, MaxBodyBytes));

    static string? Storable(string? text) => text is null ? null : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Replace('\0', '\uFFFD')));
}

/// <summary>A message that RIQ refused and could not tell its sender.</summary>
sealed class RefusedSubmissionRow
{
    public Guid Id { get; set; }
    public DateTime At { get; set; }
    public string ClientId { get; set; } = "";
    public string? UserId { get; set; }
    public string? MessageId { get; set; }
    /// <summary>The status with which REST refuses the same.</summary>
    public int Status { get; set; }
    public string Title { get; set; } = "";
    public string Detail { get; set; } = "";
    public string? Errors { get; set; }
    /// <summary>The message as it came, cut.</summary>
    public string Body { get; set; } = "";
}

sealed class RefusedSubmissionTable : IEntityTypeConfiguration<RefusedSubmissionRow>
{
    public void Configure(EntityTypeBuilder<RefusedSubmissionRow> e)
    {
        e.ToTable("refused_submissions").HasKey(x => x.Id);
        e.Property(x => x.Id).ValueGeneratedNever();
        e.Property(x => x.Errors).HasColumnType("jsonb");
    }
}
