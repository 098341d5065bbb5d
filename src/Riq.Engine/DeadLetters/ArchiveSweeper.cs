using System.Globalization;
using System.IO.Compression;
using System.Text;
using Microsoft.Extensions.Logging;
using Riq.Engine.Observability;
using Riq.Engine.Requests;
using Riq.Engine.Storage;
using Riq.Engine.Sweepers;

namespace Riq.Engine.DeadLetters;

/// <summary>
/// Tier 3: writes dead letters with all that is known of them to a folder, one JSON object a line, gzip, and deletes
/// those that have been archived and are 90 days old. Until then they are listed and can be retried.
/// </summary>
sealed class ArchiveSweeper(Database database, RiqOptions options, TimeProvider time, ILogger<ArchiveSweeper> log) : ISweeper
{
    const int Batch = 500;
    static readonly TimeSpan LongestInterval = TimeSpan.FromMinutes(1);

    const string FindSql = """
        select r.id, (to_jsonb(r) || jsonb_build_object(
            'attempts', (select coalesce(jsonb_agg(to_jsonb(a) order by a.attempt), '[]') from request_attempts a where a.request_id = r.id),
            'timeline', (select coalesce(jsonb_agg(to_jsonb(e) order by e.version), '[]') from request_events e where e.request_id = r.id)))::text
        from queue_requests r left join dead_letter_care d on d.request_id = r.id
        where r.status = 'dead' and r.completed_at < now() - $1 and (d.archived_at is null or d.archived_at < r.completed_at) order by r.id limit $2
        """;

    const string MarkSql = """
        insert into dead_letter_care(request_id, automatic_retries, archived_at) select id, 0, now() from unnest($1::uuid[]) id order by id
        on conflict (request_id) do update set archived_at = now()
        """;

    // Retried meanwhile: no longer dead, and stays. Died again after it was archived: not archived as it is now, and stays.
    const string DeleteSql = $"""
        with old as (select r.id from queue_requests r join dead_letter_care d on d.request_id = r.id
          where r.status = 'dead' and r.completed_at < now() - $1 and d.archived_at > r.completed_at order by r.id limit $2 for update of r skip locked),
        gone as (delete from queue_requests r using old where r.id = old.id returning r.id),
        {RequestRemoval.Followers}
        select count(*) from gone
        """;

    public string Name => "archive";
    public TimeSpan Interval => options.SweepInterval < LongestInterval ? options.SweepInterval : LongestInterval;

    public async Task Sweep(TimeSpan leadingFor, CancellationToken cancellation)
    {
        if (options.DeadLetters.ArchiveFolder.Length == 0) return;
        while (await Archive(cancellation) == Batch) { }
        while ((await database.Plain.CreateCommand(DeleteSql).With(options.DeadLetters.DeleteAfter).With(Batch).List(r => r.GetInt64(0), cancellation)).Single() == Batch) { }
    }

    async Task<int> Archive(CancellationToken cancellation)
    {
        var letters = await database.Plain.CreateCommand(FindSql).With(options.DeadLetters.ArchiveAfter).With(Batch).List(r => (Id: r.GetGuid(0), Line: r.GetString(1)), cancellation);
        if (letters.Count == 0) return 0;
        try { await Write(letters.Select(l => l.Line), cancellation); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { log.ArchiveFailed(options.DeadLetters.ArchiveFolder, e.Message); return 0; }
        await database.Plain.CreateCommand(MarkSql).With(letters.ConvertAll(l => l.Id).ToArray()).Run(CancellationToken.None);
        log.Archived(letters.Count);
        return letters.Count;
    }

    // Complete under its name or not there at all; marked in the table only once it is on the disk. A crash in between writes a second file.
    async Task Write(IEnumerable<string> lines, CancellationToken cancellation)
    {
        var folder = Directory.CreateDirectory(options.DeadLetters.ArchiveFolder).FullName;
        var name = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"dead-letters-{time.GetUtcNow():yyyyMMdd'T'HHmmssfff'Z'}-{Guid.CreateVersion7():N}.jsonl.gz"));
        await using (var file = new FileStream(name + ".part", FileMode.CreateNew, FileAccess.Write))
        {
            await using (var zip = new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true))
                foreach (var line in lines) await zip.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), cancellation);
            file.Flush(flushToDisk: true);
        }
        File.Move(name + ".part", name);
    }
}
