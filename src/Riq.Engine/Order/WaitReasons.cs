using Microsoft.Extensions.Logging;
using Riq.Engine.Observability;
using Riq.Engine.Requests;
using Riq.Engine.Results;
using Riq.Engine.Storage;

namespace Riq.Engine.Order;

/// <summary>Whom a request waits for: asked for when somebody looks at one that does.</summary>
sealed class WaitReasons(Database database, ILogger<WaitReasons> log)
{
    // Another client's request is not named, only that there is one.
    const string BehindSql = """
        select r.id, case when h.client_id = r.client_id then h.id end
        from queue_requests r
        cross join lateral (select q.id, q.client_id from queue_requests q where q.lane_key = r.lane_key and q.lane_seq is not null order by q.lane_seq limit 1) h
        where r.id = any($1) and r.lane_seq is not null and h.id <> r.id
        union all
        select d.request_id, d.depends_on from request_dependencies d where d.request_id = any($1) and not d.done
        """;

    public static bool IsOrder(string? waitingFor) => waitingFor is WaitingFor.Lane or WaitingFor.Dependencies or WaitingFor.ConsistencyToken;

    /// <summary>The requests with those that they wait for. An explanation that can't be had must not cost the answer.</summary>
    public async Task<IReadOnlyList<RequestSnapshot>> Explain(IReadOnlyList<RequestSnapshot> requests)
    {
        var waiting = requests.Where(r => r.Status == RequestStatus.Queued && IsOrder(r.WaitingFor)).Select(r => r.Id).ToArray();
        if (waiting.Length == 0) return requests;
        try
        {
            var behind = (await database.Hot.CreateCommand(BehindSql).With(waiting).List(r => (Id: r.GetGuid(0), Behind: r.IsDBNull(1) ? (Guid?)null : r.GetGuid(1)))).ToLookup(b => b.Id, b => b.Behind);
            return [.. requests.Select(r => behind.Contains(r.Id) ? r with { Behind = [.. behind[r.Id].OfType<Guid>().Distinct().Order()] } : r)];
        }
        catch (Exception e) when (Database.IsOutage(e)) { log.ServiceStateUnknown(e.Message); return requests; }
    }
}
