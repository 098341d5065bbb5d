using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using Riq.Contracts;
using Riq.Engine.Observability;
using Riq.Engine.Storage;

namespace Riq.Engine.Tokens;

/// <summary>Hands out every service's credential: configured ones as they are, access tokens renewed before they end, whatever the number of processes.</summary>
sealed class TokenManager : ICredentialSource, IDisposable
{
    static readonly TimeSpan OutagePause = TimeSpan.FromSeconds(2);
    static readonly TimeSpan UnreadablePause = TimeSpan.FromMinutes(1);

    readonly Dictionary<string, ServiceCredential> _services;
    readonly GrantStore _store;
    readonly TokenCipher _cipher;
    readonly WaitingRequests _waiting;
    readonly ILogger<TokenManager> _log;
    volatile string[] _seenRefused = [];

    public TokenManager(RiqOptions options, GrantStore store, TokenEndpoint endpoint, TokenCipher cipher, WaitingRequests waiting, TimeProvider time, ILogger<TokenManager> log)
    {
        (_store, _cipher, _waiting, _log) = (store, cipher, waiting, log);
        var refresher = new GrantRefresher(store, endpoint, time, Random.Shared.NextDouble, log);
        var alone = new LoneClient(endpoint, time, Random.Shared.NextDouble);
        _services = options.Services.Where(s => s.Value.Auth.IsUsed).ToDictionary(s => s.Key.ToLowerInvariant(),
            s => Make(s.Key.ToLowerInvariant(), s.Value.Auth), StringComparer.OrdinalIgnoreCase);

        ServiceCredential Make(string service, AuthSettings auth) =>
            new(service, auth, store, new(service, auth, store, IsShared(auth), time, log), refresher, alone, IsShared(auth), time, log);
    }

    /// <summary>Services that take no credential that RIQ has, as far as this process knows.</summary>
    public IReadOnlyList<string> NeedingReauth => [.. _services.Values.Where(s => s.NeedsReauth).Select(s => s.Service).Union(_seenRefused).Order(StringComparer.Ordinal)];

    public bool HasServices => _services.Count > 0;

    public async ValueTask<AuthenticationHeaderValue?> Authorization(string service, CancellationToken cancellation)
    {
        if (!_services.TryGetValue(service, out var credential)) return null;
        try { return await credential.Authorization(cancellation); }
        catch (Exception e) when (Database.IsOutage(e))
        {
            _log.GrantNotRead(service, e.Message);
            throw new CredentialUnavailableException($"RIQ's database did not answer when the credential for {service} was asked for.", OutagePause);
        }
        catch (UnreadableTokenException e)
        {
            _log.GrantNotRead(service, e.Message);
            throw new CredentialUnavailableException(e.Message, UnreadablePause);
        }
    }

    public async ValueTask<CredentialRefusal> Refused(string service, AuthenticationHeaderValue refused, bool again, CancellationToken cancellation)
    {
        if (!_services.TryGetValue(service, out var credential)) return CredentialRefusal.Final;
        try { return await credential.Refused(refused, again, cancellation); }
        catch (UnreadableTokenException e)
        {
            _log.GrantNotRead(service, e.Message);
            return new(false, UnreadablePause);
        }
    }

    public bool HasEnded(string service, AuthenticationHeaderValue used) => _services.TryGetValue(service, out var credential) && credential.HasEnded(used);

    public void Accepted(string service, AuthenticationHeaderValue accepted)
    {
        if (_services.TryGetValue(service, out var credential) && credential.IsProbe(accepted)) _ = GoOn(credential, accepted);
    }

    /// <summary>Whether this process may try the refused credential now, with one call; no other process does at the same time.</summary>
    public async Task<bool> BeginTry(string service, CancellationToken cancellation) =>
        _services.TryGetValue(service, out var credential) && await credential.BeginTry(cancellation);

    /// <summary>A new credential from an operator; requests that wait for it go on at once. How many those are.</summary>
    public async Task<int> Replace(string service, string? access, string? refresh, string by, CancellationToken cancellation, DateTimeOffset? expiresAt = null)
    {
        var credential = _services[service];
        await _store.Replace(credential.Service, credential.Auth, access, refresh, expiresAt, by, cancellation);
        credential.Forget();
        _seenRefused = [.. _seenRefused.Where(s => s != credential.Service)];
        return await Resume(credential.Service, by, cancellation);
    }

    /// <summary>How the service is authenticated; null when RIQ has no credential for it.</summary>
    public AuthSettings? SettingsOf(string service) => _services.GetValueOrDefault(service)?.Auth;

    /// <summary>Whether a grant can be stored: there is a key to encrypt it with.</summary>
    public bool CanStore => _cipher.CanEncrypt;

    /// <summary>Brings what this process knows, its metrics and its health up to what the table says.</summary>
    public async Task Watch(CancellationToken cancellation)
    {
        var rows = (await _store.View(cancellation)).ToDictionary(r => r.Service, StringComparer.OrdinalIgnoreCase);
        var refusedRows = new List<string>();
        foreach (var (name, credential) in _services)
        {
            var row = rows.GetValueOrDefault(name);
            if (row is not null && !credential.IsMine(row) && row.State == GrantState.NeedsReauth) await credential.BeginAnew(cancellation);
            else if (row is not null && credential.IsMine(row))
            {
                credential.Learn(row);
                if (row.State == GrantState.NeedsReauth) refusedRows.Add(name);
            }
            if ((row?.ExpiresAt ?? credential.Auth.ExpiresAt?.ToUnixTimeSeconds()) is { } expires) RiqMetrics.TokenExpires.WithLabels(name).Set(expires);
        }
        _seenRefused = [.. refusedRows];
        var refused = NeedingReauth;
        foreach (var name in _services.Keys) RiqMetrics.NeedsReauth.WithLabels(name).Set(refused.Contains(name) ? 1 : 0);
    }

    public void Dispose()
    {
        foreach (var credential in _services.Values) credential.End();
    }

    async Task GoOn(ServiceCredential credential, AuthenticationHeaderValue accepted)
    {
        try
        {
            if (await credential.Accepted(accepted)) await Resume(credential.Service, "probe", CancellationToken.None);
        }
        // They come by themselves within a minute.
        catch (Exception e) when (Database.IsOutage(e)) { _log.GrantsAway(e.Message); }
    }

    async Task<int> Resume(string service, string by, CancellationToken cancellation)
    {
        var count = await _waiting.Resume(service, by, cancellation);
        _log.CredentialsBack(service, count, by);
        return count;
    }

    bool IsShared(AuthSettings auth) => auth.Type != AuthSettings.OAuthClient || _cipher.CanEncrypt;
}
