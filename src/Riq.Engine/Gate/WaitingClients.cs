using Riq.Engine.Execution;
using Riq.Engine.Storage;

namespace Riq.Engine.Gate;

/// <summary>What waits in one queue, by client, as far as it was asked for.</summary>
/// <param name="Clients">The clients that have something waiting there.</param>
/// <param name="Next">The requests of each that could run now, the first comer first.</param>
sealed record TurnCandidates(IReadOnlyList<string> Clients, IReadOnlyList<ExecuteRequest> Next);

/// <summary>Finds whose requests wait for a service with one priority, without reading those of a client that has a million of them.</summary>
sealed class WaitingClients(Database database)
{
    /// <summary>The recursive query <c>clients(client)</c>: every client with something queued for service $1 with priority $2. One look into the index for each.</summary>
    public const string Sql = """
        found(client, n) as (
          (select q.client_id, 1 from queue_requests q where q.status = 'queued' and q.service = $1 and q.priority = $2 order by q.client_id limit 1)
          union all
          select (select q.client_id from queue_requests q where q.status = 'queued' and q.service = $1 and q.priority = $2 and q.client_id > f.client order by q.client_id limit 1), f.n + 1
          from found f where f.client is not null),
        clients as (select client from found where client is not null)
        """;

    // The same from client $3 on, and at most $4 of them.
    const string FromSql = """
        found(client, n) as (
          (select q.client_id, 1 from queue_requests q where q.status = 'queued' and q.service = $1 and q.priority = $2 and q.client_id > $3 order by q.client_id limit 1)
          union all
          select (select q.client_id from queue_requests q where q.status = 'queued' and q.service = $1 and q.priority = $2 and q.client_id > f.client order by q.client_id limit 1), f.n + 1
          from found f where f.client is not null and f.n < $4),
        clients as (select client, count(*) over () as n from found where client is not null)
        """;

    // The conditions are those of a claim. Nothing is read of a client that is alone.
    const string NextSql = $"""
        with recursive {FromSql}
        select r.id, r.attempt, c.client from clients c
        left join lateral (
          select r.id, r.attempt from queue_requests r
          where r.status = 'queued' and r.service = $1 and r.priority = $2 and r.client_id = c.client and r.ready
            and coalesce(r.next_retry_at, now()) <= now() and (r.next_step = 'clear_up' or r.expires_at is null or r.expires_at > now())
          order by r.sent_at, r.id limit greatest(1, $5 / c.n)) r on true
        where c.n > 1 or $3 <> ''
        """;

    /// <summary>Of at most <paramref name="most"/> clients, those behind <paramref name="after"/>, the next <paramref name="requests"/> requests in equal parts.</summary>
    public async Task<TurnCandidates> Next(string service, string priority, string after, int most, int requests, CancellationToken cancellation)
    {
        var rows = await database.Hot.CreateCommand(NextSql).With(service).With(priority).With(after).With(most).With((long)requests)
            .List(r => (Client: r.GetString(2), Request: r.IsDBNull(0) ? null : new ExecuteRequest(r.GetGuid(0), r.GetInt32(1), r.GetString(2))), cancellation);
        return new([.. rows.Select(r => r.Client).Distinct()], [.. rows.Select(r => r.Request).OfType<ExecuteRequest>()]);
    }
}
