using Npgsql;
using Riq.Engine.Batching;
using Riq.Engine.Observability;
using Riq.Engine.Outbox;
using Riq.Engine.Reads;
using Riq.Engine.Requests;

namespace Riq.Engine.Submission;

/// <summary>Accepts requests: once <see cref="Submit"/> returns, the request survives anything but the loss of the database.</summary>
sealed class Submitter
{
    /// <summary>The most requests of one call of <see cref="SubmitAll"/>.</summary>
    public const int MaxBatch = 500;

    readonly SubmissionStore _store;
    readonly ReadCache _cache;
    readonly OutboxRelay _relay;
    readonly RequestLog _log;
    readonly TimeProvider _time;
    readonly GroupCommit<NewRequest, Submitted> _submissions;

    public Submitter(SubmissionStore store, ReadCache cache, OutboxRelay relay, RequestLog log, TimeProvider time)
    {
        (_store, _cache, _relay, _log, _time) = (store, cache, relay, log, time);
        _submissions = new(items => StoreAndSend(items));
    }

    /// <summary>Stores one request, together with whoever else submits at this moment. Throws when Postgres is away.</summary>
    public async Task<Submitted> Submit(NewRequest request) =>
        await _cache.Find(request) is { } answer ? Answered(request, answer) : await _submissions.Add(request);

    /// <summary>Stores up to <see cref="MaxBatch"/> requests in one transaction of their own: all of them or none.</summary>
    public Task<Submitted[]> SubmitAll(IReadOnlyList<NewRequest> requests)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(requests.Count, MaxBatch);
        return requests.Count == 0 ? Task.FromResult<Submitted[]>([]) : StoreAndSend(requests);
    }

    static Submitted Answered(NewRequest request, CachedAnswer answer) => new(request.Id, RequestStatus.Completed, Replayed: false, SameContent: true) { Cached = answer };

    async Task<Submitted[]> StoreAndSend(IReadOnlyList<NewRequest> requests)
    {
        var reservedAt = _time.GetTimestamp();
        var reserved = _relay.TryReserve(requests.Count);
        var handedOver = 0;
        try
        {
            var stored = await StoreTwice(requests, _store.Claim(reserved));
            for (var i = 0; i < requests.Count; i++)
            {
                if (stored[i].Replayed) continue;
                _log.Accepted(requests[i]);
                if (!reserved) continue;
                _relay.HandOver(SubmissionStore.CommandOf(requests[i]), reservedAt);
                handedOver++;
            }
            return stored;
        }
        finally { if (reserved) _relay.Release(requests.Count - handedOver); }
    }

    // A broken connection leaves the commit in doubt; the second try meets the rows of the first, if there are any.
    async Task<Submitted[]> StoreTwice(IReadOnlyList<NewRequest> requests, TimeSpan claim)
    {
        try { return await _store.Submit(requests, claim); }
        catch (NpgsqlException e) when (e.IsTransient) { return await _store.Submit(requests, claim); }
    }
}
