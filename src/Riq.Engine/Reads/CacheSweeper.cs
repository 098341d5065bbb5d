using Riq.Engine.Storage;
using Riq.Engine.Sweepers;

namespace Riq.Engine.Reads;

/// <summary>Keeps the cache within its bounds: what has expired and will not even serve in place of an error goes, then what expires next.</summary>
sealed class CacheSweeper(Database database, RiqOptions options) : ISweeper
{
    const int Batch = 1_000;

    const string ExpiredSql = "delete from read_cache where key in (select key from read_cache where expires_at <= now() - $2 order by expires_at limit $1)";

    const string SizeSql = "select count(*), coalesce(sum(bytes), 0)::int8 from read_cache";

    const string EvictSql = """
        delete from read_cache where key in (
          select key from (select key, row_number() over newest as n, sum(bytes) over newest as total from read_cache window newest as (order by expires_at desc, key)) e
          where n > $1 or total > $2)
        """;

    public string Name => "read_cache";
    public TimeSpan Interval => options.SweepInterval;

    public async Task Sweep(TimeSpan leadingFor, CancellationToken cancellation)
    {
        while (await database.Plain.CreateCommand(ExpiredSql).With(Batch).With(options.Cache.KeepStale).Run(cancellation) == Batch) { }
        var size = (await database.Plain.CreateCommand(SizeSql).List(r => (Rows: r.GetInt64(0), Bytes: r.GetInt64(1)), cancellation)).Single();
        if (size.Rows > options.Cache.MaxEntries || size.Bytes > options.Cache.MaxBytes)
            await database.Plain.CreateCommand(EvictSql).With((long)options.Cache.MaxEntries).With(options.Cache.MaxBytes).Run(cancellation);
    }
}
