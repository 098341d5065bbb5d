using Microsoft.Extensions.Logging;
using Riq.Engine.Storage;

namespace Riq.Engine.Gate;

/// <summary>
/// Brings tokens from the service's shared bucket to this process's gate, while somebody there could use them at once. It
/// runs only then, also during a shutdown, until nobody waits any more.
/// </summary>
sealed class TokenLeaser(string service, ServiceGate gate, ServiceStateStore store, ServiceView view, RateOptions rate, Action<ServiceState, long> learn, TimeProvider time, ILogger log)
{
    /// <summary>How long a token may be used after it was asked for: so late, at the most, is a process that has heard of nothing new.</summary>
    public static readonly TimeSpan ValidFor = TimeSpan.FromMilliseconds(500);

    // With a high rate tokens for this time come with one statement; with a low one exactly those that are needed.
    static readonly TimeSpan Ahead = TimeSpan.FromMilliseconds(250);
    const int MostAtOnce = 1_000;

    // Between two questions: as long as the next token takes to come, but new limits and tokens given back are seen soon.
    static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(20), LongestPause = TimeSpan.FromMilliseconds(500), AfterFailure = TimeSpan.FromMilliseconds(300);

    int _leasing;
    bool _away;

    /// <summary>Starts to lease unless that is under way.</summary>
    public void Want()
    {
        if (Interlocked.Exchange(ref _leasing, 1) == 0) _ = Task.Run(Lease);
    }

    async Task Lease()
    {
        while (true)
        {
            while (gate.Wanted is var wanted && (wanted.Missing > 0 || wanted.Unused > 0)) await Task.Delay(await LeaseOnce(wanted.Missing), time);
            Volatile.Write(ref _leasing, 0);
            // Who came in between has found leasing under way.
            if (gate.Wanted is { Missing: 0, Unused: 0 } || Interlocked.Exchange(ref _leasing, 1) == 1) return;
        }
    }

    /// <summary>Leases once; returns how long to wait before the next time.</summary>
    async Task<TimeSpan> LeaseOnce(int missing)
    {
        var askedAt = time.GetTimestamp();
        try
        {
            var (granted, state) = await store.Lease(service, rate, AmountOf(missing), gate.TakeUnused());
            _away = false;
            learn(state, askedAt);
            // Known to be blocked by now: not to be used.
            if (view.MayCall) gate.Put(granted, askedAt, ValidFor);
            return granted >= missing ? TimeSpan.Zero : PauseUntilNext(state);
        }
        catch (Exception e)
        {
            if (!_away) log.NoTokens(service, e.Message);
            _away = true;
            if (!Database.IsOutage(e)) log.LeasingThrew(e, service);
            return AfterFailure;
        }
    }

    int AmountOf(int missing) => missing == 0 ? 0
        : Math.Clamp((int)((view.State?.Rate.PerMinute(rate, view.State.Now) ?? 0) / 60 * Ahead.TotalSeconds), missing, MostAtOnce);

    TimeSpan PauseUntilNext(ServiceState state)
    {
        if (state.Rate.PerMinute(rate, state.Now) is not { } perMinute) return TimeSpan.Zero;
        var next = TimeSpan.FromMinutes((1 - Math.Min(1, state.Rate.Tokens ?? 0)) / Math.Max(perMinute, 0.001));
        return next < ShortestPause ? ShortestPause : next > LongestPause ? LongestPause : next;
    }
}
