using Microsoft.Extensions.Logging;
using Npgsql;
using Riq.Engine.Batching;
using Riq.Engine.Observability;
using Riq.Engine.Requests;

namespace Riq.Engine.Execution;

/// <summary>Claimed requests that go to the service in one call. None: somebody else's call takes it along.</summary>
/// <param name="AskedAt">Timestamp from before the first of them was asked for: no lease ends sooner than counted from there.</param>
readonly record struct Gathered(QueueRequest[] Requests, long AskedAt);

/// <summary>
/// Lets requests that wait for the same kind of call go along with one that has been claimed. They come from Postgres at that
/// moment, urgent ones first, clients in turns; their own messages claim nothing later. Each has its own claim, result, error
/// and retry. No request waits for others to come.
/// </summary>
sealed class BatchedCalls
{
    const int MostTries = 3;

    readonly FillStore _store;
    readonly BatchRules _rules;
    readonly RequestLog _requestLog;
    readonly ILogger<BatchedCalls> _log;
    readonly GroupCommit<Head, Gathered> _gathering;
    readonly TakenAlong _takenAlong = new();

    /// <summary>Requests that were claimed together, for which others are looked for.</summary>
    sealed record Head(QueueRequest[] Requests, long AskedAt, int Most)
    {
        public string Key => Requests[0].BatchKey!;
    }

    public BatchedCalls(FillStore store, BatchRules rules, RequestLog requestLog, ILogger<BatchedCalls> log)
    {
        (_store, _rules, _requestLog, _log) = (store, rules, requestLog, log);
        // What is claimed while others are looked for goes together: else several that are claimed at the same time would each make a small call.
        _gathering = new(GatherAll);
    }

    /// <summary>Whether a call of this process has claimed the attempt already.</summary>
    public bool TookAlong(ExecuteRequest command) => _takenAlong.Includes(command);

    /// <summary>All that go in one call with the request, itself included; none when another one's call takes it along.</summary>
    public async ValueTask<Gathered> Gather(QueueRequest request, long askedAt)
    {
        if (_rules.MostWith(request) == 1) return new([request], askedAt);
        // Those of one claim; each finds the same, and the first of a call makes it.
        var claimed = Array.FindAll(request.ClaimedWith, r => _rules.MostWith(r) > 1);
        var most = claimed.Min(_rules.MostWith);
        var together = claimed.Chunk(most).First(c => c.Contains(request));
        if (together[0] != request) return new([], askedAt);
        if (!request.MoreWait || together.Length == most) return new(together, askedAt);
        try { return await _gathering.Add(new(together, askedAt, most)); }
        // What was claimed all the same is taken over when its lease ends, like that of a worker that died.
        catch (Exception e) when (e is NpgsqlException or TimeoutException) { _log.NoCompanions(request.Token, e.Message); return new(together, askedAt); }
    }

    async Task<Gathered[]> GatherAll(Head[] heads)
    {
        var calls = heads.GroupBy(h => h.Key).SelectMany(g => g.SelectMany(h => h.Requests.Select(r => (Head: h, Request: r))).Chunk(g.Min(h => h.Most))).ToArray();
        var taken = await Fill([.. calls.Select(c => new Room(c[0].Head.Key, c.Min(x => x.Head.Most) - c.Length))]);
        foreach (var companion in taken.SelectMany(t => t))
        {
            _takenAlong.Add(companion);
            _requestLog.Started(companion);
        }
        // A head has no more than fit into a call, so it leads one at most.
        var leaders = calls.Select((c, i) => (c[0].Head, Call: new Gathered([.. c.Select(x => x.Request), .. taken[i]], c.Min(x => x.Head.AskedAt)))).ToDictionary(l => l.Head, l => l.Call);
        return Array.ConvertAll(heads, h => leaders.GetValueOrDefault(h, new([], h.AskedAt)));
    }

    async Task<List<QueueRequest>[]> Fill(Room[] rooms)
    {
        for (var tried = 1; ; tried++)
            try { return await _store.Take(rooms); }
            // Somebody has claimed an equal read at this moment.
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation && tried < MostTries) { }
    }
}
