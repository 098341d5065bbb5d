using Npgsql;
using Riq.Engine.Requests;

namespace Riq.Engine.Order;

/// <summary>Writes to one entity run one at a time: with the end of one the next is let go, in the same transaction.</summary>
sealed class LaneChanges(RiqOptions options) : IStoredWithChange
{
    public bool Concerns(QueueRequest request) => Leaves(request) || request.Pending!.EntersLane;

    public int MessagesOf(QueueRequest request) => 1;

    /// <summary>Whether the request gives its place up with this change. A dead letter keeps it only where the operator wants it so.</summary>
    public bool Leaves(QueueRequest r) => r.LaneSeq is not null && RequestStatus.IsEnd(r.Status) && !(r.Status == RequestStatus.Dead && options.Of(r.Service).DeadHoldsLane);

    public IEnumerable<NpgsqlBatchCommand> Before(QueueRequest[] requests) =>
        [LaneStatements.Lock(requests.Select(r => r.LaneKey!), requests.Where(r => r.Pending!.EntersLane).Select(r => r.LaneKey!))];

    public IEnumerable<NpgsqlBatchCommand> After(QueueRequest[] requests, TimeSpan claim)
    {
        // In the order of acceptance, as far as those that enter together have one.
        var entering = requests.Where(r => r.Pending!.EntersLane).OrderBy(r => r.CorrelationId).Select(r => (r.CorrelationId, r.LaneKey!)).ToArray();
        if (entering.Length > 0) yield return LaneStatements.Place(entering);
        yield return LaneStatements.Advance(requests.Select(r => r.LaneKey!), claim);
    }
}
