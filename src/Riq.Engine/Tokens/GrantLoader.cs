using Microsoft.Extensions.Logging;
using Riq.Contracts;
using Riq.Engine.Storage;

namespace Riq.Engine.Tokens;

/// <summary>Where one service's credential comes from: the stored grant, the configured one, or an operator's in its place.</summary>
sealed class GrantLoader(string service, AuthSettings auth, GrantStore store, bool shared, TimeProvider time, ILogger log)
{
    /// <summary>How soon a call comes back that found no grant.</summary>
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    // Whether what is configured has been compared with the row; from then on the row alone counts.
    volatile bool _begun;

    /// <summary>Whether the row tells of the credential that this process is configured with, or of what followed it.</summary>
    public bool IsMine(GrantStore.Seen row) => row.Seed.AsSpan().SequenceEqual(auth.Seed(service));

    public async Task<Grant> Load(CancellationToken cancellation) =>
        !shared ? new(0, GrantState.Ok, time.GetTimestamp()) : auth.IsOAuth ? await LoadOAuth(cancellation) : await LoadStatic(cancellation);

    /// <summary>Puts the configured credential in the place of another one, once in a process's life; what was loaded for it, if anything.</summary>
    public async Task<Grant?> Begin(CancellationToken cancellation)
    {
        if (_begun) return null;
        try
        {
            Grant? grant = null;
            if (shared) grant = await Load(cancellation);
            else await store.BeginWith(service, auth, cancellation);
            _begun = true;
            return grant;
        }
        catch (Exception e) when (e is UnreadableTokenException or CredentialUnavailableException) { log.GrantNotRead(service, e.Message); return null; }
    }

    async Task<Grant> LoadOAuth(CancellationToken cancellation)
    {
        var row = await store.Read(service, cancellation);
        if (!_begun && (row is null || !row.Seed.AsSpan().SequenceEqual(auth.Seed(service))) && await store.BeginWith(service, auth, cancellation)) row = null;
        _begun = true;
        return row ?? await store.Read(service, cancellation) ?? throw new CredentialUnavailableException($"The grant of {service} was removed.", Soon);
    }

    // A static credential needs no database; the table only knows whether it was refused, and what an operator gave in its place.
    async Task<Grant> LoadStatic(CancellationToken cancellation)
    {
        var configured = new Grant(0, GrantState.Ok, time.GetTimestamp()) { ExpiresIn = auth.ExpiresAt - time.GetUtcNow(), Access = auth.Type == AuthSettings.ApiToken ? $"{auth.User}:{auth.Secret}" : auth.Secret };
        try
        {
            var row = await store.Read(service, cancellation);
            if (row is not null && !row.Seed.AsSpan().SequenceEqual(auth.Seed(service)))
            {
                if (!_begun && await store.BeginWith(service, auth, cancellation)) row = await store.Read(service, cancellation);
                else row = row with { Access = null, State = GrantState.Ok };
            }
            _begun = true;
            return row is null ? configured : row with { Access = row.Access ?? configured.Access, ExpiresIn = row.Access is null ? configured.ExpiresIn : row.ExpiresIn };
        }
        catch (Exception e) when (Database.IsOutage(e)) { log.GrantNotRead(service, e.Message); }
        catch (UnreadableTokenException e) { log.GrantNotRead(service, e.Message); }
        return configured;
    }
}
