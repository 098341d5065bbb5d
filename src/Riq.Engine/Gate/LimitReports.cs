using System.Threading.Channels;
using Riq.Contracts;

namespace Riq.Engine.Gate;

/// <summary>What services have said about their limits and all workers are to know. Bounded: of a flood of equal refusals the first ones tell all.</summary>
sealed class LimitReports
{
    const int Most = 1_000;

    readonly Channel<(OutgoingCall Call, LimitSignal Said)> _reports = Channel.CreateBounded<(OutgoingCall, LimitSignal)>(
        new BoundedChannelOptions(Most) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Add(OutgoingCall call, LimitSignal said) => _reports.Writer.TryWrite((call, said));

    /// <summary>Waits for the next ones and takes all that are there.</summary>
    public async Task<List<(OutgoingCall Call, LimitSignal Said)>> Take(CancellationToken cancellation)
    {
        List<(OutgoingCall, LimitSignal)> taken = [await _reports.Reader.ReadAsync(cancellation)];
        while (_reports.Reader.TryRead(out var next)) taken.Add(next);
        return taken;
    }
}

/// <summary>Stores what services said about their limits, at once, so that every worker knows of it within the second.</summary>
sealed class LimitReporter(LimitReports reports, ServiceStateStore store, ServiceViews views, TimeProvider time, Microsoft.Extensions.Logging.ILogger<LimitReporter> log) : Microsoft.Extensions.Hosting.BackgroundService
{
    static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(200);
    const int Tries = 10;

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
            foreach (var service in (await reports.Take(stop)).GroupBy(r => r.Call.Service)) await Store(service.Key, [.. service], stop);
    }

    // This process keeps to what it heard anyhow; the others can only be told while Postgres is there, and then call nothing without it.
    async Task Store(string service, (OutgoingCall Call, LimitSignal Said)[] heard, CancellationToken stop)
    {
        for (var tried = 1; tried <= Tries; tried++)
            try
            {
                var askedAt = time.GetTimestamp();
                var state = await store.Change(service, s => heard.Aggregate(s.Rate, (r, h) => LimitRule.Hear(r, s.Now, h.Call, h.Said)) is var next && ReferenceEquals(next, s.Rate) ? s : s with { Rate = next }, stop);
                var before = views.Of(service).Learn(state, askedAt);
                if (state.Rate.HeldUntil is { } until && until > state.Now && until != before?.Rate.HeldUntil) log.ServiceAsksToWait(service, until, state.Rate.HeldReason ?? "no reason given");
                return;
            }
            catch (Exception e) when (!stop.IsCancellationRequested)
            {
                log.LimitNotStored(service, e.Message);
                await Task.Delay(AfterFailure, time, stop);
            }
    }
}
