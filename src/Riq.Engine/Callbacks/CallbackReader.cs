using Riq.Engine.Storage;

namespace Riq.Engine.Callbacks;

/// <summary>The last callback of a request, for its detail.</summary>
sealed record CallbackState(string Url, string Status, int Attempts, DateTime? NextAttemptAt);

/// <summary>A callback in a list, with what its last delivery met.</summary>
sealed record CallbackItem(Guid Id, Guid RequestId, string RequestStatus, DateTime EndedAt, CallbackState State, int? HttpStatus, string? Error);

/// <summary>Which callbacks to list; what is null does not matter.</summary>
sealed record CallbackFilter(string? OnlyClient, string? Status, Guid? Before, int Limit);

static class CallbackReader
{
    const string NextAttempt = "case when c.state = 'pending' then c.due_at end";

    const string StateSql = $"select c.url, c.state, c.attempts, {NextAttempt} from callbacks c where c.request_id = $1 order by c.ended_at desc limit 1";

    const string ListSql = $"""
        select c.url, c.state, c.attempts, {NextAttempt}, c.id, c.request_id, c.request_status, c.ended_at, d.http_status, d.error
        from callbacks c left join lateral (select http_status, error from callback_deliveries where callback_id = c.id order by attempt desc limit 1) d on true
        where ($1::text is null or c.client_id = $1) and ($2::text is null or c.state = $2) and ($3::uuid is null or c.id < $3) order by c.id desc limit $4
        """;

    /// <summary>Null while the request has not ended, or has no callback.</summary>
    public static async Task<CallbackState?> Of(Database database, Guid requestId, CancellationToken cancellation) =>
        (await database.Plain.CreateCommand(StateSql).With(requestId).List(State, cancellation)).SingleOrDefault();

    /// <summary>The youngest first.</summary>
    public static Task<List<CallbackItem>> List(Database database, CallbackFilter filter, CancellationToken cancellation) =>
        database.Plain.CreateCommand(ListSql).With(filter.OnlyClient).With(filter.Status).With(filter.Before).With(filter.Limit)
            .List(r => new CallbackItem(r.GetGuid(4), r.GetGuid(5), r.GetString(6), r.GetDateTime(7), State(r), r.Int(8), r.Text(9)), cancellation);

    static CallbackState State(Npgsql.NpgsqlDataReader r) => new(r.GetString(0), r.GetString(1), r.GetInt32(2), r.Time(3));
}
