using Riq.Contracts;
using Riq.Engine.Observability;

namespace Riq.Engine.Tokens;

/// <summary>Client credentials without encryption keys: each process asks for a token of its own and keeps it in memory. Nothing rotates, so nothing can be lost.</summary>
sealed class LoneClient(TokenEndpoint endpoint, TimeProvider time, Func<double> jitter)
{
    static readonly TimeSpan FailurePause = TimeSpan.FromSeconds(5);

    public async Task<Grant> Ask(string service, AuthSettings auth, Grant present, CancellationToken cancellation)
    {
        var at = time.GetTimestamp();
        var answer = await endpoint.Ask(auth, null, cancellation);
        RiqMetrics.TokenRefreshes.WithLabels(service, answer.Tokens is not null ? "ok" : answer.Refused ? "refused" : "failed").Inc();
        if (answer.Tokens is { } tokens)
            return new(present.Generation + 1, GrantState.Ok, at) { Access = tokens.Access, ExpiresIn = tokens.Life, RefreshIn = RefreshTiming.RefreshIn(tokens.Life!.Value, auth.RefreshBefore, jitter()) };
        if (!answer.Refused && !present.NeedsReauth && present.IsUsable(time.GetElapsedTime(present.ReadAt))) return present;
        if (!answer.Refused) throw new CredentialUnavailableException($"The access token for {service} could not be had. {answer.Error}", FailurePause);
        return new(present.Generation, GrantState.NeedsReauth, at) { Error = answer.Error };
    }
}
