using Riq.Engine.Results;
using Riq.Engine.Storage;

namespace Riq.Engine.DeadLetters;

/// <summary>Which dead letters to list; what is null does not matter.</summary>
sealed record DeadLetterFilter(string? ClientId, string? Service, string? Operation, string? Code, Guid? Before, int Limit);

/// <summary>A page of dead letters, the youngest first, and how many there are in all.</summary>
sealed record DeadLetterPage(long Total, IReadOnlyList<RequestSnapshot> Items);

/// <summary>Lists the requests that wait for somebody to act.</summary>
sealed class DeadLetterReader(Database database)
{
    const string Which = """
        r.status = 'dead' and ($1::text is null or r.client_id = $1) and ($2::text is null or r.service = $2) and ($3::text is null or r.operation = $3)
        and ($4::text is null or r.error->>'code' = $4)
        """;

    const string CountSql = $"select count(*) from queue_requests r where {Which}";
    const string ListSql = $"select {RequestSnapshot.Columns} from queue_requests r where {Which} and ($5::uuid is null or r.id < $5) order by r.id desc limit $6";

    public async Task<DeadLetterPage> List(DeadLetterFilter f, CancellationToken cancellation)
    {
        var total = await Filtered(CountSql, f).List(r => r.GetInt64(0), cancellation);
        var items = await Filtered(ListSql, f).With(f.Before).With(f.Limit).List(RequestSnapshot.Read, cancellation);
        return new(total.Single(), items);
    }

    Npgsql.NpgsqlCommand Filtered(string sql, DeadLetterFilter f) =>
        database.Plain.CreateCommand(sql).With(f.ClientId).With(f.Service).With(f.Operation).With(f.Code);
}
