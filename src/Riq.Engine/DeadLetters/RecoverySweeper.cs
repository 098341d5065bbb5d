using Riq.Contracts;
using Riq.Engine.Requests;
using Riq.Engine.Storage;
using Riq.Engine.Sweepers;

namespace Riq.Engine.DeadLetters;

/// <summary>Tier 1: what died of a service's outage is retried by itself once the service's circuit has closed again; paced, at most twice, and never an unknown outcome.</summary>
sealed class RecoverySweeper(Database database, RequestLife life, TransitionWriter writer, RiqOptions options) : ISweeper
{
    /// <summary>Who does it, in timelines. No operator: not in the audit trail.</summary>
    public const string Actor = "riq:recovery";

    // What has another cause than the service's being away is no better after its return.
    static readonly string[] Codes = [ErrorCodes.Timeout, ErrorCodes.ServiceUnavailable, ErrorCodes.RateLimited];
    static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(1);

    const string NoticeSql = """
        insert into service_recoveries as s (service, generation, closed_at) select service, generation, case when generation > 1 then now() end from service_state where circuit = 'closed'
        on conflict (service) do update set generation = excluded.generation, closed_at = now() where excluded.generation > s.generation
        """;

    const string FindSql = $"""
        select {RequestRow.Columns} from queue_requests r
        join service_recoveries s on s.service = r.service
        join service_state c on c.service = r.service and c.circuit = 'closed' and (c.paused_at is null or c.paused_until < now())
        left join dead_letter_care d on d.request_id = r.id
        where r.status = 'dead' and r.completed_at < s.closed_at and r.completed_at > now() - $1 and coalesce(d.automatic_retries, 0) < $2
          and r.error->>'code' = any($3) and coalesce(r.error->'details'->>'outcome', '') <> 'unknown'
        order by r.id limit $4
        """;

    // Counted first: a crash before the retry makes it one less.
    const string CountSql = """
        insert into dead_letter_care as d (request_id, automatic_retries) select id, 1 from unnest($1::uuid[]) id order by id
        on conflict (request_id) do update set automatic_retries = d.automatic_retries + 1
        """;

    public string Name => "recovery";
    public TimeSpan Interval => options.SweepInterval < LongestInterval ? options.SweepInterval : LongestInterval;

    public async Task Sweep(TimeSpan leadingFor, CancellationToken cancellation)
    {
        var tiers = options.DeadLetters;
        await database.Plain.CreateCommand(NoticeSql).Run(cancellation);
        if (tiers.AutomaticRetries == 0) return;
        var share = Math.Max(1, (int)(tiers.RetriesPerSecond * Interval.TotalSeconds));
        var letters = await database.Plain.CreateCommand(FindSql).With(tiers.EscalateAfter).With(tiers.AutomaticRetries).With(Codes).With(share).List(RequestRow.Read, cancellation);
        if (letters.Count == 0) return;
        await database.Plain.CreateCommand(CountSql).With(letters.ConvertAll(r => r.CorrelationId).ToArray()).Run(cancellation);
        await Task.WhenAll(letters.Select(async r => { if (await life.Raise(r, life.Machine.RetryRequested, new RetryRequested(Actor))) await writer.Write(r); }));
    }
}
