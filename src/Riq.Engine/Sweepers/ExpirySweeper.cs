using Riq.Engine.Requests;
using Riq.Engine.Storage;

namespace Riq.Engine.Sweepers;

/// <summary>Ends queued requests whose <c>expires_at</c> has passed. A claim refuses them from that moment on, swept or not.</summary>
sealed class ExpirySweeper(Database database, RequestLife life, TransitionWriter writer, RiqOptions options) : ISweeper
{
    const int Batch = 200;
    const string ExpiredSql = $"select {RequestRow.Columns} from queue_requests r where r.status = 'queued' and r.expires_at <= now() and r.next_step <> 'clear_up' order by r.expires_at limit $1";

    public string Name => "expiry";
    public TimeSpan Interval => options.SweepInterval;

    public async Task Sweep(TimeSpan steadyFor, CancellationToken cancellation)
    {
        List<QueueRequest> expired;
        do
        {
            expired = await database.Plain.CreateCommand(ExpiredSql).With(Batch).List(RequestRow.Read, cancellation);
            await Task.WhenAll(expired.Select(async r => { if (await life.Raise(r, life.Machine.Expired, new Expired())) await writer.Write(r); }));
        }
        while (expired.Count == Batch);
    }
}
