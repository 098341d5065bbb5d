using Riq.Engine.Observability;
using Riq.Engine.Requests;
using Riq.Engine.Storage;
using Riq.Engine.Sweepers;

namespace Riq.Engine.Reads;

/// <summary>Answers reads that wait for a service that is not called, where their clients prefer an older answer: nobody else would look at them before it is called again.</summary>
sealed class StaleReadSweeper(Database database, RequestLife life, TransitionWriter writer, RiqOptions options) : ISweeper
{
    const int Batch = 500;

    const string WaitingSql = $"""
        select {RequestRow.Columns}, e.result::text as answer, e.read_at
        from queue_requests r cross join lateral (select r.service) t join read_cache e on e.key = r.cache_key
        where r.status = 'queued' and r.stale_if_error is not null and r.ready and {StaleAnswers.ServiceIsAway}
          and {ReadCache.Unchanged} and e.read_at > now() - r.stale_if_error * interval '1 second'
        limit $1
        """;

    public string Name => "stale_reads";
    public TimeSpan Interval => options.SweepInterval;

    public async Task Sweep(TimeSpan leadingFor, CancellationToken cancellation)
    {
        const int c = RequestRow.ColumnCount;
        var waiting = await database.Plain.CreateCommand(WaitingSql).With(Batch).List(r => (Request: RequestRow.Read(r), Answer: r.GetString(c), ReadAt: r.GetDateTime(c + 1)), cancellation);
        await Task.WhenAll(waiting.Select(w => Answer(w.Request, w.Answer, w.ReadAt)));
    }

    async Task Answer(QueueRequest request, string answer, DateTime readAt)
    {
        var stale = new Succeeded(answer, HttpStatus: null) { Stale = new(readAt, InsteadOf: null) };
        if (await life.Raise(request, life.Machine.Shared, new(stale, "cache")) && await writer.Write(request)) RiqMetrics.CacheRequests.WithLabels("stale").Inc();
    }
}
