using Microsoft.Extensions.Logging;
using Riq.Engine.Execution;
using Riq.Engine.Requests;
using Riq.Engine.Storage;
using Riq.Engine.Submission;

namespace Riq.Engine.Sweepers;

/// <summary>
/// Takes attempts over whose worker has died: their lease ended without an outcome. After an outage of Postgres a living
/// worker's outcome may still be on its way, so nothing is taken before one full lease has passed without a break.
/// </summary>
sealed class LeaseSweeper(Database database, RequestLife life, TransitionWriter writer, OperationCatalog catalog, ClaimStore claims, RiqOptions options, ILogger<LeaseSweeper> log) : ISweeper
{
    const int Batch = 200;

    // Compare-and-set on the version when it is stored: an outcome that comes in between wins.
    const string EndedSql = $"select {RequestRow.Columns} from queue_requests r where r.status = 'processing' and r.lease_until < now() order by r.lease_until limit $1";

    public string Name => "leases";
    public TimeSpan Interval => options.SweepInterval;

    public async Task Sweep(TimeSpan steadyFor, CancellationToken cancellation)
    {
        if (steadyFor < claims.LongestLease) return;
        List<QueueRequest> ended;
        do
        {
            ended = await database.Plain.CreateCommand(EndedSql).With(Batch).List(RequestRow.Read, cancellation);
            await Task.WhenAll(ended.Select(TakeOver));
        }
        while (ended.Count == Batch);
    }

    async Task TakeOver(QueueRequest request)
    {
        var operation = catalog.Find(request.Operation);
        var lost = new LeaseLost(operation?.RepeatSafe ?? false) { Plan = OutcomeCheckPlan.Of(operation, options.Of(request.Service)) };
        if (await life.Raise(request, life.Machine.LeaseLost, lost) && await writer.Write(request)) log.LeaseLost(request.Token, request.Worker);
    }
}
