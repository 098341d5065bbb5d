using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Riq.Engine.Bus;
using Riq.Engine.Execution;
using Riq.Engine.Requests;

namespace Riq.Engine.Gate;

/// <summary>
/// Gives clients their turns whose commands lie behind another's in RabbitMQ: a queue is first in, first out, and the gate's
/// turns reach no further than the messages that this worker holds. While a queue holds more than that, this worker looks in
/// Postgres who else waits there, and runs their next requests without waiting for their commands. These claim nothing when
/// they come, as any copy; nothing is taken from the queue for it, so nothing can be lost.
/// </summary>
sealed class ClientTurns(WaitingClients waiting, Gates gates, WorkEndpoints endpoints, Executor executor, ServiceViews views, TimeProvider time, ILogger<ClientTurns> log) : BackgroundService
{
    static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);

    // Of many clients these at a time; the others at the next look.
    const int MostClients = 50;
    const int MostRequests = 1_000;

    // Looking takes at most a fifth of the time, however many clients wait.
    const int RestPerLook = 4;

    protected override Task ExecuteAsync(CancellationToken stop) => Task.WhenAll(endpoints.Queues.Select(q => Watch(q, stop)));

    async Task Watch(WorkQueue queue, CancellationToken stop)
    {
        var ahead = new List<(Guid Id, Task Run)>();
        var after = "";
        while (!stop.IsCancellationRequested)
        {
            var began = time.GetTimestamp();
            var brought = 0;
            if (IsBehind(queue))
            {
                try { (brought, after) = await Bring(queue, ahead, after, stop); }
                catch (Exception e) { if (!stop.IsCancellationRequested) log.TurnsAway(queue.Name, e.Message); }
            }
            await Pause(brought > 0 ? ahead[ahead.Count / 2].Run : Task.Delay(LookEvery, time, stop), time.GetElapsedTime(began), stop);
        }
        // The gates are closed by now: what waits there has been sent away, and what runs ends.
        await Task.WhenAll(ahead.Select(a => a.Run));
    }

    /// <summary>Whether messages of the queue probably lie in RabbitMQ because this worker holds as many as it may.</summary>
    bool IsBehind(WorkQueue queue)
    {
        var gate = gates.Of(queue.Service);
        return gate.State == GateState.Open && queue.Endpoint is not null && gate.WaitingWith(queue.Priority) >= Math.Max(1, (queue.Prefetch - WorkEndpoints.StoringAllowance) / 2);
    }

    async Task<(int Brought, string After)> Bring(WorkQueue queue, List<(Guid Id, Task Run)> ahead, string after, CancellationToken stop)
    {
        ahead.RemoveAll(a => a.Run.IsCompleted);
        var room = queue.Prefetch - ahead.Count;
        if (room <= 0) return (0, after);
        var worker = views.Of(queue.Service).Worker;
        var found = await waiting.Next(queue.Service, queue.Priority, after, MostClients, Math.Min(queue.Prefetch * worker.Workers, MostRequests), stop);
        var chosen = TurnRule.Choose(found, gates.Of(queue.Service).ClientsWith(queue.Priority), ahead.Select(a => a.Id).ToHashSet(), TurnRule.Share(queue.Prefetch, found.Clients.Count), worker);
        var next = chosen.Take(room).ToArray();
        foreach (var request in next) ahead.Add((request.RequestId, Run(request, queue)));   // not in parallel: in their order at the gate
        // Who was left out comes first the next time.
        return (next.Length, chosen.Length > room ? next[^1].Client! : found.Clients.Count == MostClients ? found.Clients.Max(StringComparer.Ordinal)! : "");
    }

    async Task Run(ExecuteRequest request, WorkQueue queue)
    {
        try { await executor.RunAhead(request, queue.Service, queue.Priority); }
        catch (Exception e) { log.RunningAheadThrew(e, RequestToken.Of(request.RequestId)); }
    }

    // Until about half of those brought forward have had their turn, or the next look is due anyhow.
    async Task Pause(Task half, TimeSpan took, CancellationToken stop)
    {
        var shortest = took * RestPerLook is var rest && rest > ShortestPause ? rest : ShortestPause;
        await Task.Delay(shortest, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await half.WaitAsync(LookEvery, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
