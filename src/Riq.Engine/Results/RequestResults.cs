using Riq.Engine.Batching;
using Riq.Engine.Requests;
using Riq.Engine.Storage;

namespace Riq.Engine.Results;

/// <summary>Answers what became of a request, at once or when it ends.</summary>
sealed class RequestResults
{
    const string ReadSql = $"select {RequestSnapshot.Columns} from queue_requests r where r.id = any($1)";

    // Reading is harmless to give up and to repeat: a connection that has gone silent must not hold up the reads behind it.
    const int QueryLimitSeconds = 10;
    static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(15);

    readonly Database _database;
    readonly Waiters _waiters;
    readonly TimeProvider _time;
    readonly GroupCommit<Guid, RequestSnapshot?> _reads;

    public RequestResults(Database database, Waiters waiters, TimeProvider time)
    {
        (_database, _waiters, _time) = (database, waiters, time);
        _reads = new(ReadAll);
    }

    /// <summary>The request now; null when there is none. Shares its query with whoever else reads at this moment. Throws within 15 s when Postgres is away.</summary>
    public Task<RequestSnapshot?> Read(Guid id) => _reads.Add(id).WaitAsync(ReadLimit, _time);

    /// <summary>
    /// The request when it has ended, when it is not of a client that <paramref name="sees"/> accepts, when <paramref name="enough"/> is
    /// satisfied already, or after <paramref name="wait"/>, whatever comes first. Throws when Postgres is away or the client is gone.
    /// </summary>
    public async Task<RequestSnapshot?> Await(Guid id, TimeSpan wait, Func<string, bool> sees, CancellationToken cancellation, Func<RequestSnapshot, bool>? enough = null)
    {
        var began = _time.GetTimestamp();
        while (true)
        {
            // Held before the look: an end between the two is not missed.
            var ended = _waiters.Hold(id);
            try
            {
                var left = Left();
                if (left <= TimeSpan.Zero || enough is not null || _waiters.ClientOf(id) is not { } client || !sees(client))
                {
                    var now = await Read(id);
                    left = Left();
                    if (now is null || RequestStatus.IsEnd(now.Status) || !sees(now.ClientId) || left <= TimeSpan.Zero || enough?.Invoke(now) == true) return now;
                }
                await ended.WaitAsync(left, _time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellation.ThrowIfCancellationRequested();
            }
            finally { _waiters.Release(id, ended); }
        }

        TimeSpan Left() => wait - _time.GetElapsedTime(began);
    }

    async Task<RequestSnapshot?[]> ReadAll(Guid[] ids)
    {
        var command = _database.Hot.CreateCommand(ReadSql).With(ids);
        command.CommandTimeout = QueryLimitSeconds;
        var rows = await command.List(RequestSnapshot.Read);
        var byId = rows.ToDictionary(r => r.Id);
        return Array.ConvertAll(ids, id => byId.GetValueOrDefault(id));
    }
}
