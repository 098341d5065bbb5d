using Microsoft.Extensions.Logging;
using Riq.Contracts;
using Riq.Engine.Observability;
using Riq.Engine.Storage;

namespace Riq.Engine.Tokens;

/// <summary>
/// Replaces a service's access token, once for all processes. The refresh token is noted as being spent, committed, before it is
/// sent, and the new pair is committed before anybody uses it; a process that dies in between, or an answer that is lost, costs
/// one more sending of the same refresh token, which the endpoint permits for a while. No lock is held while it answers.
/// </summary>
sealed class GrantRefresher(GrantStore store, TokenEndpoint endpoint, TimeProvider time, Func<double> jitter, ILogger log)
{
    /// <summary>How often the same refresh token is sent when no answer comes.</summary>
    const int Sendings = 2;

    /// <summary>What storing an answer may take before others take over.</summary>
    static readonly TimeSpan StoringTime = TimeSpan.FromSeconds(10);

    static readonly TimeSpan FailurePause = TimeSpan.FromSeconds(5);
    static readonly TimeSpan BusyLook = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan StoreRetryDelay = TimeSpan.FromMilliseconds(250);

    public static TimeSpan LeaseOf(AuthSettings auth) => auth.RefreshTimeout * Sendings + StoringTime;

    /// <summary>The grant after the refresh, its own or another process's; the old one when that is still good and the new one not to be had yet.</summary>
    public async Task<Grant> Refresh(string service, AuthSettings auth, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var lease = Guid.CreateVersion7();
            var (turn, row) = await store.BeginSpending(service, lease, LeaseOf(auth), cancellation);
            if (turn == Turn.Mine) return await Spend(service, auth, row, lease, cancellation);
            if (turn == Turn.Fresh || row.NeedsReauth || row.IsUsable(TimeSpan.Zero)) return row;
            var left = row.BusyFor!.Value;
            if (row.Error is not null || time.GetElapsedTime(started) > LeaseOf(auth)) throw new CredentialUnavailableException($"The access token for {service} is being renewed. {row.Error}".TrimEnd(), left);
            await Task.Delay(left < BusyLook ? left : BusyLook, time, cancellation);
        }
    }

    async Task<Grant> Spend(string service, AuthSettings auth, Grant row, Guid lease, CancellationToken cancellation)
    {
        var answer = auth.Type == AuthSettings.OAuthRefresh && row.Refresh is null
            ? new(null, "There is no refresh token yet: enter a grant.", Refused: true) : await Ask(service, auth, row.Refresh, cancellation);
        if (answer.Tokens is { } tokens) return await Keep(service, auth, row, lease, tokens, cancellation);
        if (answer.Refused) return await GiveUp(service, auth, row, lease, answer.Error!, cancellation);

        RiqMetrics.TokenRefreshes.WithLabels(service, "failed").Inc();
        log.RefreshFailed(service, answer.Error!);
        await store.Fail(service, lease, FailurePause, answer.Error!);
        return row.IsUsable(time.GetElapsedTime(row.ReadAt)) && !row.NeedsReauth ? row : throw new CredentialUnavailableException($"The access token for {service} could not be renewed. {answer.Error}", FailurePause);
    }

    async Task<TokenAnswer> Ask(string service, AuthSettings auth, string? refreshToken, CancellationToken cancellation)
    {
        TokenAnswer answer;
        var sent = 0;
        do
        {
            if (sent > 0) RiqMetrics.TokenRefreshes.WithLabels(service, "lost").Inc();
            answer = await endpoint.Ask(auth, auth.Type == AuthSettings.OAuthRefresh ? refreshToken : null, cancellation);
        }
        while (answer is { Tokens: null, Refused: false } && ++sent < Sendings && !cancellation.IsCancellationRequested);
        return answer;
    }

    // The only copy of the new refresh token is in this process's hand: an outage of Postgres is waited for.
    async Task<Grant> Keep(string service, AuthSettings auth, Grant row, Guid lease, NewTokens tokens, CancellationToken cancellation)
    {
        var refreshIn = tokens.Life is { } life ? RefreshTiming.RefreshIn(life, auth.RefreshBefore, jitter()) : (TimeSpan?)null;
        var stored = await UntilStored(service, () => store.Store(service, row.Generation, lease, tokens, refreshIn, auth.ProbeInterval), cancellation);
        RiqMetrics.TokenRefreshes.WithLabels(service, stored ? "ok" : "superseded").Inc();
        if (stored) log.TokenRefreshed(service, row.Generation + 1, tokens.Life?.TotalSeconds ?? 0);
        return await ReadAgain(service, cancellation);
    }

    async Task<Grant> GiveUp(string service, AuthSettings auth, Grant row, Guid lease, string error, CancellationToken cancellation)
    {
        RiqMetrics.TokenRefreshes.WithLabels(service, "refused").Inc();
        if (await UntilStored(service, () => store.Refuse(service, auth, row.Generation, error), cancellation)) log.NeedsReauth(service, error);
        else await store.Fail(service, lease, auth.ProbeInterval, error);
        return await ReadAgain(service, cancellation);
    }

    async Task<Grant> ReadAgain(string service, CancellationToken cancellation) =>
        await store.Read(service, cancellation) ?? throw new CredentialUnavailableException($"The grant of {service} was removed.", FailurePause);

    async Task<bool> UntilStored(string service, Func<Task<bool>> change, CancellationToken cancellation)
    {
        while (true)
        {
            try { return await change(); }
            catch (Exception e) when (Database.IsOutage(e)) { log.GrantNotStored(service, e.Message); }
            await Task.Delay(StoreRetryDelay, time, cancellation);
        }
    }
}
