using Riq.Bench.Load;
using Riq.Bench.Measure;

namespace Riq.Bench.Targets;

/// <summary>What it costs that much is stored, and that much waits.</summary>
static class Growth
{
    // As RIQ would have left them; those that wait are due tomorrow, of a service that has workers; old ones are a month old, and so are their ids, which tell the time.
    const string FillSql = """
        insert into queue_requests(id, client_id, operation, service, payload, result, priority, status, payload_hash, created_at, updated_at, completed_at, next_retry_at, waiting_for, sent_at, retry_count, max_retries, attempt,
          fire_and_forget, ready, pending_dependencies, deferrals, crashes, next_step, version)
        select (lpad(to_hex((extract(epoch from now() - case when $4 then interval '30 days' else '0' end) * 1000)::bigint), 12, '0') || '7' || substr(gen_random_uuid()::text, 16, 3) || replace(substr(gen_random_uuid()::text, 20), '-', ''))::uuid, 'client-' || n % 20, 'confluence.create_page', 'confluence', '{"title":"A page of the benchmark","space":"DOCS","content":"stored before"}',
          case when $3 then null else '{"id":"10001","key":"DOCS"}'::jsonb end, (array['high', 'normal', 'low'])[1 + n % 3], case when $3 then 'queued' else 'completed' end, '',
          now() - case when $4 then interval '30 days' else '0' end, now() - case when $4 then interval '30 days' else '0' end,
          case when not $3 then now() end, case when $3 then now() + interval '1 day' end, case when $3 then 'retry' end, now() + interval '1 day', 0, 3, 1, false, true, 0, 0, 0, 'execute', 1
        from generate_series($1, $2) n
        """;
    // What a day's writes have changed.
    const string TagsSql = "insert into cache_tags(tag, changed_by, changed_at) select 'confluence:page:' || n, pg_current_xact_id(), now() from generate_series($1, $2) n on conflict do nothing";

    const int Part = 250_000;
    const int Old = 200_000;

    public static async IAsyncEnumerable<Measured> Rows(Running riq, int stored, int queued)
    {
        await foreach (var measured in Both(riq, "nothing stored")) yield return measured;
        await Fill(riq, stored, waits: false);
        await foreach (var measured in Both(riq, $"{stored:N0} stored")) yield return measured;
        await Fill(riq, queued, waits: true);
        await foreach (var measured in Both(riq, $"{stored:N0} stored, {queued:N0} of another service waiting")) yield return measured;
        await Fill(riq, Old, waits: false, old: true);
        using var operating = new Connection(riq.Server);
        var cleanup = operating.Json(Connection.Post("/api/queue/cleanup", ""));
        await foreach (var measured in Waiting.Latency(riq, [50])) yield return measured with { What = $"cleanup running: {measured.What}", Goal = null };
        yield return new("deleted meanwhile", (await cleanup).GetProperty("deleted").GetInt64(), "rows");
    }

    static async IAsyncEnumerable<Measured> Both(Running riq, string when)
    {
        for (var run = 1; run <= 3; run++)
        {
            var before = await riq.Yardstick();
            var rate = 10_000 / (await riq.Complete(10_000, connections: 64)).Completed;
            yield return Measured.Rate($"completed, {when} ({run})", rate) with { C = Yardstick.Mean(before, await riq.Yardstick()).C };
        }
        await foreach (var measured in Waiting.Latency(riq, [50])) yield return measured with { What = $"{when}: {measured.What}", Goal = null };
    }

    static async Task Fill(Running riq, int rows, bool waits, bool old = false)
    {
        for (var from = 1; from <= rows; from += Part)
        {
            await riq.Installation.Database.Execute(FillSql, from, Math.Min(rows, from + Part - 1), waits, old);
            if (!waits && !old) await riq.Installation.Database.Execute(TagsSql, from, Math.Min(rows, from + Part - 1));
        }
        await riq.Installation.Database.Execute("vacuum analyze queue_requests");
        await riq.Installation.Database.Execute("vacuum analyze cache_tags");
        await riq.Installation.Database.Execute("checkpoint");   // or what is measured next would pay for the writing of these
    }
}
