using Riq.Engine.Execution;

namespace Riq.Engine.Gate;

/// <summary>Which place this worker has among all that take calls of a service.</summary>
readonly record struct WorkerPlace(int Place, int Workers)
{
    public static WorkerPlace Alone => new(0, 1);
}

/// <summary>Which requests a worker brings forward so that every client has its turns at the gate.</summary>
static class TurnRule
{
    /// <summary>The part of <paramref name="room"/> that one of so many clients may have.</summary>
    public static int Share(int room, int clients) => Math.Max(1, room / Math.Max(1, clients));

    /// <summary>
    /// Of each client that has less than half its share at the gate, as many as are missing. Workers that look at the same list
    /// choose different ones: each takes those at its own places of it.
    /// </summary>
    /// <param name="waiting">What waits in the queue.</param>
    /// <param name="here">How many of each client wait at this worker's gate.</param>
    /// <param name="ahead">Requests that this worker has brought forward already.</param>
    /// <param name="share">How many of one client are to wait here.</param>
    /// <param name="worker">This worker among all.</param>
    public static ExecuteRequest[] Choose(TurnCandidates waiting, IReadOnlyDictionary<string, int> here, IReadOnlySet<Guid> ahead, int share, WorkerPlace worker) =>
        [.. waiting.Next.GroupBy(r => r.Client!).SelectMany(client => Of([.. client], here.GetValueOrDefault(client.Key), ahead, share, worker))];

    static IEnumerable<ExecuteRequest> Of(ExecuteRequest[] client, int here, IReadOnlySet<Guid> ahead, int share, WorkerPlace worker) =>
        here > share / 2 || here >= client.Length ? []
        : client.Where((r, i) => i % worker.Workers == worker.Place && !ahead.Contains(r.RequestId)).Take(share - here);
}
