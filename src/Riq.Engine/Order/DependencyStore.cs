using System.Text.Json;
using Npgsql;
using Riq.Engine.Requests;
using Riq.Engine.Storage;

namespace Riq.Engine.Order;

/// <summary>The statements on <c>request_dependencies</c>.</summary>
sealed class DependencyStore(Database database)
{
    const string WaitingSql = "q.status = 'queued' and not q.ready and q.lane_seq is null";

    const string DependentsSql = "select distinct request_id from request_dependencies where depends_on = any($1) and not done";

    const string LanesSql = $"""
        select distinct q.lane_key from request_dependencies d join queue_requests q on q.id = d.request_id
        where d.depends_on = any($1) and not d.done and q.lane_key is not null and {WaitingSql}
        """;

    const string LockSql = $"select 1 from queue_requests q where q.id = any($1) and {WaitingSql} order by q.id for no key update";

    // Of its own, after the lock: what other transactions did to a row that this one waited for is seen here.
    const string LoadSql = $"select {RequestRow.Columns} from queue_requests r where r.id = any($1) and r.status = 'queued' and not r.ready and r.lane_seq is null";

    const string OpenSql = """
        select d.request_id, d.depends_on, d.kind, p.status, extract(epoch from now() - p.completed_at)::float8
        from request_dependencies d left join queue_requests p on p.id = d.depends_on where d.request_id = any($1) and not d.done
        """;

    const string DoneSql = """
        update request_dependencies d set done = true from unnest($1::uuid[], $2::uuid[], $3::text[]) as t(request_id, depends_on, kind)
        where d.request_id = t.request_id and d.depends_on = t.depends_on and d.kind = t.kind
        """;

    // No change of status: the version, and with it the ETag, stays.
    const string CountSql = """
        update queue_requests r set pending_dependencies = t.pending, waiting_for = t.waiting_for
        from unnest($1::uuid[], $2::int[], $3::text[]) as t(id, pending, waiting_for) where r.id = t.id
        """;

    const string ResultsSql = """
        select d.request_id, d.depends_on, d.kind, p.result::text from request_dependencies d join queue_requests p on p.id = d.depends_on
        where d.request_id = any($1) and p.status = 'completed'
        """;

    /// <summary>The requests that wait for any of these.</summary>
    public static Task<List<Guid>> DependentsOf(IEnumerable<Guid> ids, NpgsqlConnection within) =>
        new NpgsqlCommand(DependentsSql, within).With(ids.ToArray()).List(r => r.GetGuid(0));

    /// <summary>The lanes that requests will enter that wait for any of these, as far as they are known by now.</summary>
    public static Task<List<string>> LanesBehind(IEnumerable<Guid> ids, NpgsqlConnection within) =>
        new NpgsqlCommand(LanesSql, within).With(ids.ToArray()).List(r => r.GetString(0));

    /// <summary>Locks those of the requests that still wait, and reads them with what they wait for.</summary>
    public static async Task<List<(QueueRequest Request, List<OpenDependency> Open)>> LockWaiting(Guid[] ids, NpgsqlConnection within)
    {
        await new NpgsqlCommand(LockSql, within).With(ids).Run();
        var requests = await new NpgsqlCommand(LoadSql, within).With(ids).List(RequestRow.Read);
        var open = await new NpgsqlCommand(OpenSql, within).With(requests.Select(r => r.CorrelationId).ToArray())
            .List(r => (Request: r.GetGuid(0), On: new OpenDependency(r.GetGuid(1), r.GetString(2), r.Text(3), TimeSpan.FromSeconds(r.IsDBNull(4) ? 0 : r.GetDouble(4)))));
        var byRequest = open.ToLookup(o => o.Request, o => o.On);
        return [.. requests.OrderBy(r => r.CorrelationId).Select(r => (r, byRequest[r.CorrelationId].ToList()))];
    }

    /// <summary>Notes what is no longer waited for.</summary>
    public static Task NoteDone(IReadOnlyList<(Guid Request, OpenDependency On)> done, NpgsqlConnection within) => done.Count == 0 ? Task.CompletedTask
        : new NpgsqlCommand(DoneSql, within).With(done.Select(d => d.Request).ToArray()).With(done.Select(d => d.On.Id).ToArray()).With(done.Select(d => d.On.Kind).ToArray()).Run();

    /// <summary>Notes for how many, and of which kind, those that go on waiting wait.</summary>
    public static Task NotePending(IReadOnlyList<(Guid Request, DependencyVerdict Verdict)> waiting, NpgsqlConnection within) => waiting.Count == 0 ? Task.CompletedTask
        : new NpgsqlCommand(CountSql, within).With(waiting.Select(w => w.Request).ToArray()).With(waiting.Select(w => w.Verdict.Pending).ToArray())
            .With(waiting.Select(w => w.Verdict.WaitingFor).ToArray()).Run();

    /// <summary>The results of everything that the request depends on.</summary>
    public async Task<DependencyResults> ResultsFor(Guid id, NpgsqlConnection? within = null)
    {
        var command = within is null ? database.Hot.CreateCommand(ResultsSql) : new NpgsqlCommand(ResultsSql, within);
        var rows = await command.With(new[] { id }).List(r => (On: r.GetGuid(1), Kind: r.GetString(2), Result: r.Text(3)));
        return new([.. rows.Select(r => (r.On, r.Kind, JsonSerializer.Deserialize<JsonElement>(r.Result ?? "null")))]);
    }
}

/// <summary>What the requests have given that another one depends on.</summary>
sealed record DependencyResults(IReadOnlyList<(Guid Id, string Kind, JsonElement Result)> All)
{
    /// <summary>By token; for no name the only one there is.</summary>
    public JsonElement? Of(string who)
    {
        var named = All.Where(a => a.Kind == DependencyKind.Result && (who.Length == 0 || RequestToken.Of(a.Id) == who)).Take(2).ToArray();
        return named is [var one] ? one.Result : null;
    }

    /// <summary>The results of the writes behind consistency tokens.</summary>
    public IEnumerable<JsonElement> Written => All.Where(a => a.Kind == DependencyKind.Consistency).Select(a => a.Result);
}
