using Npgsql;
using Riq.Engine.Batching;
using Riq.Engine.Observability;
using Riq.Engine.Outbox;
using Riq.Engine.Reads;
using Riq.Engine.Requests;
using Riq.Engine.Results;

namespace Riq.Engine.Submission;

/// <summary>Accepts requests: once <see cref="Submit"/> returns, the request survives anything but the loss of the database.</summary>
sealed class Submitter
{
    /// <summary>The most requests of one call of <see cref="SubmitAll"/>.</summary>
    public const int MaxBatch = 500;

    readonly SubmissionStore _store;
    readonly LaneSubmissionStore _lanes;
    readonly DependentSubmissionStore _dependent;
    readonly ReadCache _cache;
    readonly OutboxRelay _relay;
    readonly Waiters _waiters;
    readonly RequestLog _log;
    readonly TimeProvider _time;
    readonly GroupCommit<NewRequest, Submitted> _plainOnes, _laneOnes, _dependentOnes;

    public Submitter(SubmissionStore store, ReadCache cache, LaneSubmissionStore lanes, DependentSubmissionStore dependent, OutboxRelay relay, Waiters waiters, RequestLog log, TimeProvider time)
    {
        (_store, _cache, _lanes, _dependent, _relay, _waiters, _log, _time) = (store, cache, lanes, dependent, relay, waiters, log, time);
        // Apart from each other: what waits for the locks of lanes or of other requests holds up nobody else.
        _plainOnes = new(items => StoreAndSend(items));
        _laneOnes = new(items => StoreAndSend(items));
        _dependentOnes = new(items => StoreAndSend(items), maxBatch: 64);
    }

    /// <summary>Stores one request, together with whoever else submits at this moment. Throws when Postgres is away.</summary>
    public async Task<Submitted> Submit(NewRequest request)
    {
        if (await _cache.Find(request) is { } answer) return Answered(request, answer);
        _waiters.Expect(request.Id, request.ClientId);
        var stored = await BatchOf(request).Add(request);
        if (!stored.IsNew || stored.Status != RequestStatus.Queued) _waiters.Forget(request.Id);
        return stored;
    }

    GroupCommit<NewRequest, Submitted> BatchOf(NewRequest request) =>
        (request.Dependencies.Count > 0 ? _dependentOnes : request.Entity is not null ? _laneOnes : _plainOnes);

    /// <summary>Stores up to <see cref="MaxBatch"/> requests in one transaction of their own: all of them or none, but for those that it refuses; reads that the cache answers are stored before.</summary>
    public async Task<Submitted[]> SubmitAll(IReadOnlyList<NewRequest> requests)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(requests.Count, MaxBatch);
        // What others of the batch refer to is stored together with them.
        if (requests.Any(r => r.Dependencies.Count > 0)) return await StoreAndSend(requests);
        var answers = await _cache.FindAll(requests);
        var open = requests.Where((_, i) => answers[i] is null).ToArray();
        var stored = open.Length == 0 ? [] : await StoreAndSend(open);
        var next = 0;
        return [.. requests.Select((r, i) => answers[i] is { } answer ? Answered(r, answer) : stored[next++])];
    }

    static Submitted Answered(NewRequest request, CachedAnswer answer) => new(request.Id, RequestStatus.Completed, Replayed: false, SameContent: true) { Cached = answer };

    // A broken connection leaves the commit in doubt; the second try meets the rows of the first, if there are any.
    async Task<Submitted[]> StoreAndSend(IReadOnlyList<NewRequest> requests)
    {
        try { return await StoreOnce(requests); }
        catch (NpgsqlException e) when (e.IsTransient) { return await StoreOnce(requests); }
    }

    async Task<Submitted[]> StoreOnce(IReadOnlyList<NewRequest> requests)
    {
        using var messages = new HandOvers(_relay, _time);
        var reserved = messages.Reserve(requests.Count);
        var (stored, settled) = await Store(requests, _store.Claim(reserved), messages);
        for (var i = 0; i < requests.Count; i++)
        {
            if (!stored[i].IsNew) continue;
            _log.Accepted(requests[i]);
            if (reserved && stored[i].Ready) messages.Add(SubmissionStore.CommandOf(requests[i]));
        }
        messages.Send();
        foreach (var request in settled) _log.Changed(request, request.Pending!, null);
        return stored;
    }

    async Task<(Submitted[] Stored, IReadOnlyList<QueueRequest> Settled)> Store(IReadOnlyList<NewRequest> requests, TimeSpan claim, HandOvers messages)
    {
        if (requests.Any(r => r.Dependencies.Count > 0)) return await _dependent.Submit(requests, claim, messages);
        return (requests.Any(r => r.Entity is not null) ? await _lanes.Submit(requests, claim, messages) : await _store.Submit(requests, claim), []);
    }
}
