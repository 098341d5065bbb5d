using Riq.Engine.Security;
using Riq.Engine.Storage;

namespace Riq.Api.Security;

/// <summary>
/// All keys that count: those of the settings, signed tokens of an issuer, and those of the table <c>api_keys</c>, which every API
/// process reads again every 2 s. While there has never been any, everybody is the local client.
/// </summary>
sealed partial class KeyRing(ApiKeys configured, JwtCallers? tokens, Func<CancellationToken, Task<(Dictionary<string, ApiKey> Keys, bool Any)>> read, TimeProvider time, ILogger<KeyRing> log) : BackgroundService
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    /// <summary>A revoked key must not live on because Postgres is away: what was read before counts for so long.</summary>
    public static readonly TimeSpan LongestAge = TimeSpan.FromMinutes(1);

    sealed record Stored(Dictionary<string, ApiKey> Keys, bool Any, long At);

    volatile Stored? _stored;

    /// <summary>Null: nobody's key. Throws when only Postgres could tell, and it is away.</summary>
    public async ValueTask<Caller?> Find(string? key)
    {
        var hash = string.IsNullOrEmpty(key) ? null : Convert.ToHexStringLower(NewApiKey.HashOf(key));
        if (hash is not null && configured.Find(hash) is { } caller) return caller;
        if (hash is null && configured.Required) return null;
        if (key is not null && tokens is not null && JwtCallers.IsToken(key)) return await tokens.Find(key);
        var stored = await Current();
        if (!configured.Required && !stored.Any) return Caller.Local;
        return hash is not null && stored.Keys.TryGetValue(hash, out var found) ? new(found.Client, found.Scopes, found.Quota) : null;
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try { await Load(stop); }
            catch (OperationCanceledException) when (stop.IsCancellationRequested) { return; }
            catch (Exception e) when (Database.IsOutage(e) || e is OperationCanceledException) { NotRead(log, e.Message); }
            await Task.Delay(Interval, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // That there was no key at all does not age: then there is nothing that could have been revoked.
    ValueTask<Stored> Current() =>
        _stored is { } stored && (!stored.Any || time.GetElapsedTime(stored.At) < LongestAge) ? new(stored) : new(Load(CancellationToken.None));

    async Task<Stored> Load(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Limit);
        var at = time.GetTimestamp();
        try
        {
            // A connection that has gone silent does not even take the cancellation.
            var (keys, any) = await read(limit.Token).WaitAsync(Limit, cancellation);
            return _stored = new(keys, any, at);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested) { throw new TimeoutException($"Postgres has not answered within {Limit.TotalSeconds} s.", e); }
    }

    [LoggerMessage(311, LogLevel.Warning, "The API keys could not be read ({Reason}); those read before count for a minute.")]
    static partial void NotRead(ILogger log, string reason);
}
