using Npgsql;
using Riq.Engine.Storage;

namespace Riq.Engine.Order;

/// <summary>Another request that one has to do with.</summary>
/// <param name="Kind">One of <see cref="DependencyKind"/>; null in a lane.</param>
/// <param name="Done">Whether the one that waits need not wait for the other any more.</param>
/// <param name="Operation">Null, like the status, when it was deleted.</param>
sealed record RelatedRequest(Guid Id, string? Kind, bool Done, string? Operation, string? Status, string? WaitingFor);

/// <summary>The first of them, and how many there are.</summary>
sealed record RelatedRequests(IReadOnlyList<RelatedRequest> Items, long Total);

/// <summary>A request's place among the writes to its entity.</summary>
/// <param name="Key">Service and name of the entity.</param>
/// <param name="Ahead">How many are to be done before it, counted up to <see cref="RelationReader.MostCounted"/>; null: it has no place yet, its dependencies come first.</param>
/// <param name="Behind">How many wait behind it, counted likewise.</param>
/// <param name="First">Those ahead; the first of them holds the lane.</param>
sealed record LanePlace(string Key, int? Ahead, int Behind, IReadOnlyList<RelatedRequest> First);

/// <summary>What a request waits for, and what waits for it.</summary>
sealed record RequestRelations(RelatedRequests DependsOn, RelatedRequests Dependents, LanePlace? Lane);

/// <summary>Reads for one request what others it has to do with: for people who look at it. Every list is bounded.</summary>
sealed class RelationReader(Database database)
{
    public const int MostListed = 50, MostAhead = 10, MostCounted = 1_000;

    // Another client's request is counted, and named to operators only ($2 is null).
    const string DependsOnSql = """
        select d.depends_on, d.kind, d.done, q.operation, q.status, q.waiting_for, count(*) over ()
        from request_dependencies d left join queue_requests q on q.id = d.depends_on
        where d.request_id = $1 and ($2::text is null or q.id is null or q.client_id = $2) order by d.done, d.depends_on limit $3
        """;

    const string DependentsSql = """
        select d.request_id, d.kind, d.done, q.operation, q.status, q.waiting_for, count(*) over ()
        from request_dependencies d join queue_requests q on q.id = d.request_id
        where d.depends_on = $1 and ($2::text is null or q.client_id = $2) order by d.done, d.request_id limit $3
        """;

    const string LaneSql = """
        select r.lane_key, r.lane_seq is not null,
          (select count(*)::int from (select from queue_requests q where q.lane_key = r.lane_key and q.lane_seq < r.lane_seq limit $2) ahead),
          (select count(*)::int from (select from queue_requests q where q.lane_key = r.lane_key and q.lane_seq > r.lane_seq limit $2) behind)
        from queue_requests r where r.id = $1 and r.lane_key is not null and (r.lane_seq is not null or r.status = 'queued')
        """;

    const string AheadSql = """
        select q.id, null::text, false, q.operation, q.status, q.waiting_for, 0::bigint
        from queue_requests r join queue_requests q on q.lane_key = r.lane_key and q.lane_seq < r.lane_seq
        where r.id = $1 and ($2::text is null or q.client_id = $2) order by q.lane_seq limit $3
        """;

    /// <param name="id">The request.</param>
    /// <param name="onlyClient">Whose requests may be named; null: everybody's.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public async Task<RequestRelations> Of(Guid id, string? onlyClient, CancellationToken cancellation)
    {
        var dependsOn = await List(DependsOnSql, id, onlyClient, MostListed, cancellation);
        var dependents = await List(DependentsSql, id, onlyClient, MostListed, cancellation);
        var lane = (await database.Plain.CreateCommand(LaneSql).With(id).With(MostCounted).List(r => (Key: r.GetString(0), Placed: r.GetBoolean(1), Ahead: r.GetInt32(2), Behind: r.GetInt32(3)), cancellation));
        if (lane is not [var place]) return new(dependsOn, dependents, null);
        var ahead = place.Ahead == 0 ? [] : (await List(AheadSql, id, onlyClient, MostAhead, cancellation)).Items;
        return new(dependsOn, dependents, new(place.Key, place.Placed ? place.Ahead : null, place.Behind, ahead));
    }

    async Task<RelatedRequests> List(string sql, Guid id, string? onlyClient, int limit, CancellationToken cancellation)
    {
        var rows = await database.Plain.CreateCommand(sql).With(id).With(onlyClient).With(limit).List(r => (Request: Read(r), Total: r.GetInt64(6)), cancellation);
        return new(rows.ConvertAll(r => r.Request), rows is [var (_, total), ..] ? total : 0);
    }

    static RelatedRequest Read(NpgsqlDataReader r) => new(r.GetGuid(0), r.Text(1), r.GetBoolean(2), r.Text(3), r.Text(4), r.Text(5));
}
