using Riq.Engine.Storage;

namespace Riq.Engine.DeadLetters;

/// <summary>What somebody has written about a group of dead letters, for the next one who looks.</summary>
sealed record GroupNote(long Id, string Fingerprint, DateTime At, string By, string Text);

/// <summary>The notes of operators on groups of dead letters. A group has few of them, so that they are read.</summary>
sealed class GroupNotes(Database database)
{
    public const int MostOfGroup = 20, LongestText = 1_000;

    // In the trail is that something was noted, and where; the text is here, and goes with the note.
    const string AddSql = """
        with added as (
          insert into dead_letter_notes(fingerprint, by, text) select $1, $2, $3 where (select count(*) from dead_letter_notes where fingerprint = $1) < $4
          returning id, fingerprint, at, by, text),
        audited as (insert into audit_entries(by, action, target, details) select by, 'note_added', fingerprint, jsonb_build_object('note', id) from added)
        select id, fingerprint, at, by, text from added
        """;

    const string RemoveSql = """
        with gone as (delete from dead_letter_notes where id = $1 and fingerprint = $2 returning id, fingerprint),
        audited as (insert into audit_entries(by, action, target, details) select $3, 'note_removed', fingerprint, jsonb_build_object('note', id) from gone)
        select id from gone
        """;

    const string OfSql = "select id, fingerprint, at, by, text from dead_letter_notes where fingerprint = any($1) order by id desc";

    /// <summary>Null when the group has as many as it may.</summary>
    public async Task<GroupNote?> Add(string fingerprint, string by, string text, CancellationToken cancellation) =>
        (await database.Plain.CreateCommand(AddSql).With(fingerprint).With(by).With(text).With(MostOfGroup).List(Read, cancellation)).SingleOrDefault();

    public async Task<bool> Remove(string fingerprint, long id, string by, CancellationToken cancellation) =>
        (await database.Plain.CreateCommand(RemoveSql).With(id).With(fingerprint).With(by).List(r => r.GetInt64(0), cancellation)).Count > 0;

    /// <summary>The youngest first.</summary>
    public async Task<ILookup<string, GroupNote>> Of(IEnumerable<string> fingerprints, CancellationToken cancellation) =>
        (await database.Plain.CreateCommand(OfSql).With(fingerprints.ToArray()).List(Read, cancellation)).ToLookup(n => n.Fingerprint);

    static GroupNote Read(Npgsql.NpgsqlDataReader r) => new(r.GetInt64(0), r.GetString(1), r.GetDateTime(2), r.GetString(3), r.GetString(4));
}
