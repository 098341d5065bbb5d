using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.DependencyInjection;
using Riq.Contracts;
using Riq.Engine.Execution;
using Riq.Engine.Order;
using Riq.Engine.Requests;
using Riq.IntegrationTests.Cluster;

namespace Riq.IntegrationTests.Order;

/// <summary>
/// Submissions, outcomes, cancellations and retries in any order and several at once, on the engine's own stores and real Postgres.
/// After each moment what is stored must make sense; in the end nothing may be left.
/// </summary>
public sealed class RandomOrderTests
{
    public sealed record Act(int What, int Which, int How);

    // Each of these finds requests that must not be there when nothing is under way. Nobody sweeps.
    static readonly (string Wrong, string Sql)[] Never =
    [
        ("two run, or may run, in one lane", "select lane_key from queue_requests where lane_seq is not null and (status = 'processing' or status = 'queued' and ready) group by 1 having count(*) > 1"),
        ("one may run before another of its lane", "select r.token from queue_requests r where r.lane_seq is not null and (r.status = 'processing' or r.ready) and exists (select from queue_requests q where q.lane_key = r.lane_key and q.lane_seq < r.lane_seq)"),
        ("a lane is stuck", "select r.token from queue_requests r where r.lane_seq is not null and not r.ready and not exists (select from queue_requests q where q.lane_key = r.lane_key and q.lane_seq < r.lane_seq)"),
        ("an ended one holds a place", "select token from queue_requests where lane_seq is not null and status not in ('queued', 'processing')"),
        ("one runs, or may, before what it depends on has completed", "select r.token from queue_requests r join request_dependencies d on d.request_id = r.id join queue_requests p on p.id = d.depends_on where (r.status = 'processing' or r.status = 'queued' and r.ready) and p.status <> 'completed'"),
        ("one waits for nothing", "select r.token from queue_requests r where r.status = 'queued' and not r.ready and r.lane_seq is null and not exists (select from request_dependencies d join queue_requests p on p.id = d.depends_on where d.request_id = r.id and p.status in ('queued', 'processing'))"),
        ("one waits for what has failed", "select r.token from queue_requests r join request_dependencies d on d.request_id = r.id join queue_requests p on p.id = d.depends_on where r.status = 'queued' and p.status in ('failed', 'dead')"),
        ("one may run and no command says so", "select r.token from queue_requests r where r.status = 'queued' and r.ready and not exists (select from outbox o where o.id = r.id)"),
    ];

    [Fact]
    public async Task No_order_of_events_leaves_a_request_stuck_lets_one_run_too_early_or_two_writes_to_one_entity_at_once()
    {
        await using var riq = await RiqCluster.Create();
        riq.With("SweepInterval", "01:00:00").With("LeaseMargin", "01:00:00").With("OutboxClaim", "01:00:00");
        riq.RabbitMq.Cut();
        await riq.StartApi();
        var worker = (await riq.StartWorker()).Services;
        await Task.Run(() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(25).WithStartSize(10).WithEndSize(60), Prop.ForAll(Programme(), acts => Run(riq, worker, acts).GetAwaiter().GetResult())));
        // It went where it hurts.
        var seen = await riq.Database.List("select distinct event from request_events", r => r.GetString(0));
        foreach (var one in new[] { "released", "dependency_failed", "cancelled", "retry_requested" }) Assert.Contains(one, seen);
    }

    static Arbitrary<Act[][]> Programme()
    {
        var act = from what in Gen.Choose(0, 9) from which in Gen.Choose(0, 9_999) from how in Gen.Choose(0, 9_999) select new Act(what, which, how);
        var moment = from count in Gen.Choose(1, 4) from acts in Gen.ArrayOf(act, count) select acts;
        return Arb.From(Gen.ArrayOf(moment), moments => from i in Enumerable.Range(0, moments.Length) select moments.Where((_, at) => at != i).ToArray());
    }

    static async Task Run(RiqCluster riq, IServiceProvider worker, Act[][] moments)
    {
        await riq.Database.Execute("truncate queue_requests, outbox, request_dependencies, lanes cascade");
        foreach (var moment in moments)
        {
            var ids = await riq.Database.List("select id from queue_requests order by id", r => r.GetGuid(0));
            await Task.WhenAll(moment.Select(act => Do(riq, worker, act, ids)));
            await NothingIsWrong(riq);
        }
        for (var round = 0; await riq.Database.Scalar<long>("select count(*) from queue_requests where status in ('queued', 'processing')") > 0; round++)
        {
            Assert.True(round < 200, "It does not come to an end.");
            await TimePasses(riq);
            foreach (var id in await riq.Database.List("select id from queue_requests where status = 'queued' and ready", r => r.GetGuid(0))) await Take(riq, worker, id);
            foreach (var id in await riq.Database.List("select id from queue_requests where status = 'processing'", r => r.GetGuid(0))) await Finish(riq, worker, id, 0);
            await NothingIsWrong(riq);
        }
    }

    static Task Do(RiqCluster riq, IServiceProvider worker, Act act, List<Guid> ids)
    {
        if (ids.Count == 0 || act.What <= 3) return Submit(riq, act, ids);
        var id = ids[act.Which % ids.Count];
        return act.What switch
        {
            4 or 5 => Take(riq, worker, id),
            6 => Finish(riq, worker, id, act.How % 4),
            7 => riq.Api.Host.Services.GetRequiredService<RequestCommands>().Cancel(id, null, "test"),
            8 => riq.Api.Host.Services.GetRequiredService<RetryWithDependents>().Run(id, "test", act.How % 2 == 0),
            _ => TimePasses(riq),
        };
    }

    static async Task Submit(RiqCluster riq, Act act, List<Guid> ids)
    {
        string[] on = [.. Enumerable.Range(0, ids.Count == 0 ? 0 : act.How % 3).Select(i => RequestToken.Of(ids[(act.Which + i * act.How) % ids.Count])).Distinct()];
        var after = ids.Count > 0 && act.How % 7 == 0 ? NewToken(ids[act.How % ids.Count]) : null;
        using var answer = await riq.Api.Post("/api/queue/submit", new
        {
            operation = "fake.update", payload = new { text = "x", entity = act.Which % 5 == 0 && on.Length == 1 ? "$result.echo" : $"E-{act.Which % 3}" }, max_retries = 1, depends_on = on, after_consistency_token = after,
        });
        Assert.True(answer.IsSuccessStatusCode || (await answer.Content.ReadAsStringAsync()).Contains("chain", StringComparison.Ordinal), await answer.Content.ReadAsStringAsync());
    }

    static string NewToken(Guid id) => Engine.Submission.NewRequest.ConsistencyTokenOf(id);

    static async Task Take(RiqCluster riq, IServiceProvider worker, Guid id)
    {
        foreach (var attempt in await riq.Database.List("select attempt from queue_requests where id = $1", r => r.GetInt32(0), id))
            await worker.GetRequiredService<ClaimStore>().Take([new(id, attempt, Guid.CreateVersion7())]);
    }

    static async Task Finish(RiqCluster riq, IServiceProvider worker, Guid id, int how)
    {
        var (life, writer) = (worker.GetRequiredService<RequestLife>(), worker.GetRequiredService<TransitionWriter>());
        foreach (var request in await riq.Database.List($"select {RequestRow.Columns} from queue_requests r where r.id = $1 and r.status = 'processing'", RequestRow.Read, id))
        {
            var raised = how switch
            {
                0 or 1 => await life.Raise(request, life.Machine.Succeeded, new Succeeded($$"""{"echo":"E-{{id.ToByteArray()[15] % 3}}"}""", 200)),
                2 => await life.Raise(request, life.Machine.AttemptFailed, new AttemptFailed(new(ErrorCodes.NotFound, "gone"), true)),
                _ => await life.Raise(request, life.Machine.AttemptFailed, new AttemptFailed(new(ErrorCodes.ServiceUnavailable, "away"), true)),
            };
            if (raised) await writer.Write(request);
        }
    }

    static Task TimePasses(RiqCluster riq) => riq.Database.Execute("update queue_requests set next_retry_at = null where next_retry_at is not null");

    static async Task NothingIsWrong(RiqCluster riq)
    {
        foreach (var (wrong, sql) in Never)
        {
            var found = await riq.Database.List(sql, r => r.GetString(0));
            Assert.True(found.Count == 0, $"{wrong}: {string.Join(", ", found)}");
        }
    }
}
