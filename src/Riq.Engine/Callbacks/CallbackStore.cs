using Npgsql;
using Riq.Engine.Storage;

namespace Riq.Engine.Callbacks;

/// <summary>A callback that this worker delivers now. <paramref name="Body"/>: null when the request has been run again since.</summary>
sealed record DueCallback(Guid Id, int Attempt, int Failures, string ClientId, string Url, string Host, TimeSpan Left, byte[]? Body);

/// <summary>What became of one delivery.</summary>
/// <param name="Status">The callback's status from now on.</param>
/// <param name="Wait">Until the next try, when there is one.</param>
/// <param name="HttpStatus">What the receiver answered; null when it did not.</param>
/// <param name="Error">Why it was not taken; null when it was.</param>
sealed record DeliveryResult(string Status, TimeSpan? Wait, int? HttpStatus, string? Error, TimeSpan Took);

/// <summary>The statements on <c>callbacks</c> and <c>callback_deliveries</c>.</summary>
sealed class CallbackStore(Database database, RiqOptions options)
{
    const int MostLookedAt = 1_000;

    // Taken by skip locked and given a later due time: no lock is held while the receiver is called, and a worker that dies leaves it due.
    // A host that has its share of calls under way does not keep others waiting.
    const string TakeSql = $"""
        with busy as (select * from unnest($3::text[], $4::int[]) as b(host, calls)),
        ranked as (
          select d.id, row_number() over (partition by d.host order by d.due_at, d.id) + coalesce(b.calls, 0) as place
          from (select id, host, due_at from callbacks where state = 'pending' and due_at <= now() and host <> all($6) order by due_at limit $7) d left join busy b using (host)),
        due as (
          select c.id from callbacks c join ranked r using (id) where r.place <= $5 and c.state = 'pending' and c.due_at <= now()
          order by c.due_at limit $1 for update of c skip locked)
        update callbacks c set due_at = now() + $2, attempts = c.attempts + 1 from due where c.id = due.id
        returning c.id, c.attempts, c.failures, c.client_id, c.url, c.host, c.give_up_at - now(),
          (select {CallbackBody.Columns} from queue_requests r where r.id = c.request_id and r.completed_at = c.ended_at and r.status = c.request_status)
        """;

    // Only the newest delivery counts: a later one, or a replay, has taken over otherwise.
    const string EndSql = """
        with ended as (
          update callbacks set state = $3, failures = case when $6::text is null then failures else failures + 1 end, due_at = coalesce(now() + $4, due_at)
          where id = $1 and attempts = $2 and state = 'pending' returning id)
        insert into callback_deliveries(callback_id, attempt, at, took_ms, http_status, error) select id, $2, now(), $7, $5, $6 from ended on conflict do nothing
        """;

    const string SupersedeSql = "update callbacks set state = 'superseded' where id = $1 and attempts = $2 and state = 'pending'";

    const string ReplaySql = """
        update callbacks set state = 'pending', failures = 0, due_at = now(), give_up_at = now() + $2
        where id = (select id from callbacks where request_id = $1 order by ended_at desc limit 1) and state <> 'superseded'
        """;

    /// <summary>Takes up to <paramref name="limit"/> due callbacks for this worker. <paramref name="underWay"/>: its calls by host.</summary>
    public Task<List<DueCallback>> Take(int limit, IReadOnlyDictionary<string, int> underWay, CancellationToken cancellation)
    {
        var full = underWay.Where(h => h.Value >= options.Callbacks.PerHost).Select(h => h.Key).ToArray();
        return database.Plain.CreateCommand(TakeSql)
            .With(limit).With(options.Callbacks.Timeout + options.LeaseMargin).With(underWay.Keys.ToArray()).With(underWay.Values.ToArray()).With(options.Callbacks.PerHost).With(full).With(MostLookedAt)
            .List(r => new DueCallback(r.GetGuid(0), r.GetInt32(1), r.GetInt32(2), r.GetString(3), r.GetString(4), r.GetString(5), r.GetTimeSpan(6), r.Text(7) is { } facts ? CallbackBody.Of(facts) : null), cancellation);
    }

    /// <summary>Stores what became of a delivery, unless another one has taken over.</summary>
    public Task End(DueCallback c, DeliveryResult result) => database.Plain.CreateCommand(EndSql)
        .With(c.Id).With(c.Attempt).With(result.Status).With(result.Wait).With(result.HttpStatus).With(result.Error).With((int)result.Took.TotalMilliseconds).Run();

    public Task Supersede(DueCallback c) => database.Plain.CreateCommand(SupersedeSql).With(c.Id).With(c.Attempt).Run();

    /// <summary>Has the request's last callback delivered again, with its old id. False when there is none.</summary>
    public async Task<bool> Replay(Guid requestId) => await database.Plain.CreateCommand(ReplaySql).With(requestId).With(options.Callbacks.GiveUpAfter).Run() > 0;
}
