using Microsoft.Extensions.Logging;
using Riq.Engine.Order;
using Riq.Engine.Requests;
using Riq.Engine.Results;
using Riq.Engine.Storage;
using Riq.Engine.Submission;

namespace Riq.Engine.Gate;

/// <summary>The shared state of the services as an API process sees it: at most a second old, read once however many ask.</summary>
sealed class ServiceStates(ServiceStateStore store, WorkerStore workers, OperationCatalog catalog, WaitReasons reasons, RiqOptions options, TimeProvider time, ILogger<ServiceStates> log)
{
    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    readonly Lock _lock = new();
    IReadOnlyList<ServiceState> _states = [];
    IReadOnlyList<LiveWorker> _workers = [];
    long? _readAt;
    Task<IReadOnlyList<ServiceState>>? _reading;
    long _changes;

    /// <summary>The states of all services. Throws when Postgres is away.</summary>
    public Task<IReadOnlyList<ServiceState>> Current()
    {
        lock (_lock)
        {
            if (_readAt is { } at && time.GetElapsedTime(at) < Fresh) return Task.FromResult(_states);
            return _reading ??= Read(_changes);
        }
    }

    /// <summary>The workers that were alive then.</summary>
    public IReadOnlyList<LiveWorker> Workers { get { lock (_lock) return _workers; } }

    /// <summary>The requests with what keeps their services from being called, where that is known.</summary>
    public async Task<IReadOnlyList<RequestSnapshot>> Explain(IReadOnlyList<RequestSnapshot> requests)
    {
        if (!requests.Any(r => r.Status == RequestStatus.Queued)) return requests;
        var blockOf = await Blocks();
        return [.. (await reasons.Explain(requests)).Select(r => r.Status == RequestStatus.Queued && blockOf(r) is { } block ? r with { Block = block } : r)];
    }

    public async Task<RequestSnapshot> Explain(RequestSnapshot request) => (await Explain([request]))[0];

    // An explanation that can't be had must not cost the answer.
    async Task<Func<RequestSnapshot, ServiceBlock?>> Blocks()
    {
        try
        {
            var blocks = (await Current()).ToDictionary(s => s.Service, s => s.BlockWith(options.Of(s.Service).RateOf(s.Service)));
            var staffed = Workers.Select(w => w.Service).ToHashSet();
            // Who waits for its next try needs no worker before that.
            return r => blocks.GetValueOrDefault(r.Service) ?? (r.WaitingFor is null && !staffed.Contains(r.Service) ? ServiceBlock.NoWorker(r.Service) : null);
        }
        catch (Exception e) when (Database.IsOutage(e)) { log.ServiceStateUnknown(e.Message); return _ => null; }
    }

    /// <summary>What was changed here is seen here at once: a reading that is under way may be older than the change.</summary>
    public void Forget() { lock (_lock) { (_readAt, _reading) = (null, null); _changes++; } }

    async Task<IReadOnlyList<ServiceState>> Read(long changes)
    {
        await Task.Yield();   // _reading is set before anything below runs
        var askedAt = time.GetTimestamp();
        try
        {
            var states = (await store.Read(catalog.Services, CancellationToken.None)).Where(s => catalog.Services.Contains(s.Service)).OrderBy(s => s.Service, StringComparer.Ordinal).ToArray();
            var live = await workers.Live(CancellationToken.None);
            lock (_lock) if (changes == _changes) (_states, _workers, _readAt) = (states, live, askedAt);
            return states;
        }
        finally { lock (_lock) if (changes == _changes) _reading = null; }
    }
}
