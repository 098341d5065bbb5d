using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Riq.Engine.Observability;
using Riq.Engine.Submission;

namespace Riq.Engine.Gate;

/// <summary>
/// Gives each gate this worker's share of the account's concurrency. A share that shrinks does so at once; one that grows
/// waits until the others have heard of the change, so that together they don't exceed the limit.
/// </summary>
sealed class WorkerShares(WorkerStore store, Gates gates, ServiceViews views, CallMeters meters, OperationCatalog catalog, RiqOptions options, TimeProvider time, ILogger<WorkerShares> log) : BackgroundService
{
    static readonly TimeSpan BeatEvery = TimeSpan.FromMilliseconds(500);

    // Three beats of the others.
    static readonly TimeSpan GrowAfter = TimeSpan.FromMilliseconds(1500);
    static readonly TimeSpan LeaveLimit = TimeSpan.FromSeconds(2);

    readonly Guid _me = Guid.CreateVersion7();
    readonly Share[] _shares = [.. catalog.Services.Select(s => new Share(s, options.Of(s).AdaptiveConcurrency))];
    bool _away;

    sealed class Share(string service, AdaptiveOptions adaptive)
    {
        public string Service => service;
        public AdaptiveOptions Adaptive => adaptive;
        /// <summary>None until the other workers are known.</summary>
        public int Slots { get; set; }
        public int Workers { get; set; }
        public AdaptiveLimit Limit { get; set; }
        public long? WindowSince { get; set; }
        /// <summary>Since when the share would be larger.</summary>
        public long? GrowsSince { get; set; }
    }

    public override Task StartAsync(CancellationToken cancellation)
    {
        foreach (var share in _shares) gates.Of(share.Service).Resize(share.Slots);
        return base.StartAsync(cancellation);
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(BeatEvery, time);
        // Announced before the first look: of two that start together at least one knows of the other.
        await Beat(stop, isAnnouncement: true);
        do await Beat(stop);
        while (await timer.WaitForNextTickAsync(stop));
    }

    public override async Task StopAsync(CancellationToken cancellation)
    {
        await base.StopAsync(cancellation);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(LeaveLimit);
        try { await store.Leave(_me, limit.Token).WaitAsync(LeaveLimit, time, cancellation); }
        catch (Exception e) { log.WorkersAway(e.Message); }
    }

    // While nobody can be heard of, the share stays as it is: the gates hold after some seconds anyhow.
    async Task Beat(CancellationToken stop, bool isAnnouncement = false)
    {
        try
        {
            var others = await store.Beat(_me, options.Worker, _shares.ToDictionary(s => s.Service, s => s.Slots), stop);
            _away = false;
            foreach (var share in isAnnouncement ? [] : _shares) Set(share, [.. others.Where(o => o.Service == share.Service).Select(o => o.Id)]);
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            if (!_away) log.WorkersAway(e.Message);
            _away = true;
        }
    }

    void Set(Share share, Guid[] others)
    {
        var (workers, place) = (others.Length + 1, others.Count(o => o.CompareTo(_me) < 0));
        views.Of(share.Service).Worker = new(place, workers);
        var wanted = Wanted(share, workers, place);
        // Alone there is nobody whose slots these could still be. A limit that adapts grows by its own rule.
        if (wanted <= share.Slots || workers == 1 && share.Workers <= 1 || share.Adaptive.Enabled && workers == share.Workers) share.GrowsSince = null;
        else if ((share.GrowsSince ??= time.GetTimestamp()) is var since && time.GetElapsedTime(since) < GrowAfter) return;
        else share.GrowsSince = null;
        (share.Slots, share.Workers) = (wanted, workers);
        gates.Of(share.Service).Resize(wanted);
        RiqMetrics.ConcurrencyLimit.WithLabels(share.Service).Set(wanted);
    }

    int Wanted(Share share, int workers, int place)
    {
        var set = views.Of(share.Service).State?.Rate.Override.Concurrency;
        if (set is null && share.Adaptive.Enabled) return Adapted(share, workers).Slots;
        return Shares.Of(set ?? options.Of(share.Service).ConcurrencyOf(share.Service), workers, place);
    }

    AdaptiveLimit Adapted(Share share, int workers)
    {
        var (min, max) = (Shares.Of((double)share.Adaptive.Min, workers), Shares.Of((double)share.Adaptive.Max, workers));
        if (share.WindowSince is { } since && time.GetElapsedTime(since) < share.Adaptive.Window) return share.Limit = share.Limit with { Limit = Math.Clamp(share.Limit.Limit, min, max) };
        var first = share.WindowSince is null;
        share.WindowSince = time.GetTimestamp();
        var window = meters.Of(share.Service).Take();
        if (first) return share.Limit = new(Math.Clamp(Shares.Of((double)options.Of(share.Service).ConcurrencyOf(share.Service), workers), min, max), null);
        return share.Limit = AdaptiveRule.Next(share.Limit, window, min, max);
    }
}
