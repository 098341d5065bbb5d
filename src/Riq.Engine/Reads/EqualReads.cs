using Riq.Engine.Batching;
using Riq.Engine.Execution;
using Riq.Engine.Requests;
using Riq.Engine.Storage;

namespace Riq.Engine.Reads;

/// <summary>What becomes of reads that were not claimed because an equal one has been answered, or is being answered at this moment.</summary>
sealed class EqualReads
{
    // Those that nobody else runs: they are due, and still at the attempt of the command.
    const string WhySql = $"""
        select {RequestRow.Columns}, (select e.result::text from read_cache e where e.key = r.cache_key and {ReadCache.Valid}) as answer,
          (select o.lease_until - now() from queue_requests o where o.cache_key = r.cache_key and o.status = 'processing' and o.shares) as busy_for
        from unnest($1::uuid[], $2::int[]) as t(id, attempt) join queue_requests r on r.id = t.id and r.attempt = t.attempt
        where r.shares and r.status = 'queued' and r.ready and coalesce(r.next_retry_at, now()) <= now() and (r.expires_at is null or r.expires_at > now())
        """;

    // A lease that has ended is taken over by a sweeper, soon but not at once.
    static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(1);

    readonly Database _database;
    readonly SharedReads _shared;
    readonly RequestLife _life;
    readonly TransitionWriter _writer;
    readonly GroupCommit<ExecuteRequest, bool> _unclaimed;

    sealed record Found(QueueRequest Request, string? Answer, TimeSpan? BusyFor);

    public EqualReads(Database database, SharedReads shared, RequestLife life, TransitionWriter writer)
    {
        (_database, _shared, _life, _writer) = (database, shared, life, writer);
        _unclaimed = new(SettleAll);
    }

    /// <summary>
    /// For a command that claimed nothing. When an equal read's answer may be used, the request ends with it; when one is under
    /// way, the request waits until that has ended, or until its worker's lease has. Everything else is none of its business.
    /// </summary>
    public Task Settle(ExecuteRequest command) => _unclaimed.Add(command);

    async Task<bool[]> SettleAll(ExecuteRequest[] commands)
    {
        var found = await _database.Hot.CreateCommand(WhySql).With(Array.ConvertAll(commands, c => c.RequestId)).With(Array.ConvertAll(commands, c => c.Attempt))
            .List(r => new Found(RequestRow.Read(r), r.Text(r.GetOrdinal("answer")), r.IsDBNull(r.GetOrdinal("busy_for")) ? null : r.GetTimeSpan(r.GetOrdinal("busy_for"))));
        await Task.WhenAll(found.DistinctBy(f => f.Request.CorrelationId).Select(Settle));
        return new bool[commands.Length];
    }

    Task Settle(Found found) => found.Answer is { } answer
        ? _shared.Give(found.Request, new(new Succeeded(answer, HttpStatus: null), "cache"))
        : Wait(found.Request, found.BusyFor is not { } lease ? TimeSpan.Zero : lease > ShortestWait ? lease : ShortestWait);

    async Task Wait(QueueRequest request, TimeSpan delay)
    {
        if (await _life.Raise(request, _life.Machine.HandedBack, new("an equal read is under way", delay))) await _writer.Write(request);
    }
}
