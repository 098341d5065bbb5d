using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using Riq.Contracts;
using Riq.Engine.Storage;

namespace Riq.Engine.Tokens;

/// <summary>
/// What this process knows of one service's credential, and the one refresh and the one probe that it makes at a time. That the
/// credential is refused is known to all processes by the row; where access tokens are not <paramref name="shared"/>, that is all that the row tells.
/// </summary>
sealed class ServiceCredential(string service, AuthSettings auth, GrantStore store, GrantLoader loader, GrantRefresher refresher, LoneClient alone, bool shared, TimeProvider time, ILogger log)
{
    /// <summary>How soon a refused call comes back for a credential that another one has brought meanwhile.</summary>
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    readonly Lock _lock = new();
    readonly CancellationTokenSource _ended = new();
    volatile Grant? _grant;
    readonly CredentialHeader _header = new(auth);
    AuthenticationHeaderValue? _probe;
    long _probeGeneration;
    Task<Grant>? _refreshing;
    long? _probedAt;
    long _quietSince;
    bool _quiet;

    public string Service => service;
    public AuthSettings Auth => auth;
    public bool NeedsReauth => _grant?.NeedsReauth == true;

    public async ValueTask<AuthenticationHeaderValue> Authorization(CancellationToken cancellation)
    {
        var grant = _grant ?? await Load(cancellation);
        if (grant.NeedsReauth) grant = await LookAgain(grant, cancellation);
        if (grant.NeedsReauth) return await Probe(grant, cancellation);
        if (auth.IsOAuth && grant.IsDueForRefresh(Since(grant)) && !(grant.IsUsable(Since(grant)) && IsQuiet())) grant = await Renewed(grant, cancellation);
        if (grant.NeedsReauth || auth.IsOAuth && !grant.IsUsable(Since(grant))) throw Unavailable(grant);
        lock (_lock) return _header.Of(grant);
    }

    public async ValueTask<CredentialRefusal> Refused(AuthenticationHeaderValue refused, bool again, CancellationToken cancellation)
    {
        var grant = _grant;
        lock (_lock)
        {
            if (ReferenceEquals(refused, _probe)) { _probe = null; return Final; }
            if (grant is null || !_header.IsOf(refused)) return new(!again && grant?.NeedsReauth != true, Soon);
        }
        if (grant.NeedsReauth) return Final;
        if (auth.IsOAuth && !again) return await Renew(grant, cancellation);
        await NeedReauth(grant, $"{service} refused the credential.");
        return Final;
    }

    CredentialRefusal Final => new(false, UntilProbe()) { NeedsAnother = true };

    /// <summary>Whether the credential's own end has passed, as far as it is known.</summary>
    public bool HasEnded(AuthenticationHeaderValue used)
    {
        lock (_lock) return _header is { Grant: { ExpiresIn: { } left } grant } && _header.IsOf(used) && Since(grant) >= left;
    }

    public bool IsProbe(AuthenticationHeaderValue header) => ReferenceEquals(header, Volatile.Read(ref _probe));

    /// <summary>Whether the next call may try the refused credential.</summary>
    public async Task<bool> BeginTry(CancellationToken cancellation)
    {
        if (!(shared && auth.IsOAuth) && !await store.BeginTry(service, auth.ProbeInterval, cancellation)) return false;
        lock (_lock) _probedAt = null;
        return true;
    }

    /// <summary>True when the service works again since this very call.</summary>
    public async Task<bool> Accepted(AuthenticationHeaderValue accepted)
    {
        long generation;
        lock (_lock)
        {
            if (_probe is null || !ReferenceEquals(accepted, _probe)) return false;
            (_probe, generation) = (null, _probeGeneration);
            if (_grant?.Generation == generation) _grant = _grant with { State = GrantState.Ok, Error = null };
        }
        await store.Accept(service, RowGeneration(generation));
        return true;
    }

    /// <summary>Whether the row tells of the credential that this process is configured with, or of what followed it.</summary>
    public bool IsMine(GrantStore.Seen row) => loader.IsMine(row);

    /// <summary>The row tells of a refused credential that is not configured any more: the configured one takes its place, if this process has just started.</summary>
    public async Task BeginAnew(CancellationToken cancellation)
    {
        if (await loader.Begin(cancellation) is not { } grant) return;
        lock (_lock) _grant ??= grant;
    }

    /// <summary>What the table says now; drops what this process has read before when it is no longer true.</summary>
    public void Learn(GrantStore.Seen seen)
    {
        lock (_lock)
        {
            if (_grant is not { } grant) return;
            if (shared && grant.Generation != seen.Generation) { _grant = null; return; }
            if (grant.State == seen.State) return;
            // Another process has found it out, and whoever is to try it is told.
            if (seen.State == GrantState.NeedsReauth) _probedAt = time.GetTimestamp();
            // A token of its own may have been refused with it.
            else if (!shared) { _grant = null; return; }
            _grant = grant with { State = seen.State };
        }
    }

    /// <summary>A new credential was stored: the next call reads it.</summary>
    public void Forget() => _grant = null;

    public void End() => _ended.Cancel();

    async Task<Grant> Load(CancellationToken cancellation)
    {
        var grant = await loader.Load(cancellation);
        lock (_lock) return _grant ??= grant;
    }

    // A new grant counts at once, not when the watch has seen it.
    async Task<Grant> LookAgain(Grant known, CancellationToken cancellation)
    {
        if (!shared) return known;
        try
        {
            _grant = null;
            return await Load(cancellation);
        }
        catch (Exception e) when (Database.IsOutage(e))
        {
            lock (_lock) return _grant ??= known;
        }
    }

    async Task<AuthenticationHeaderValue> Probe(Grant grant, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_probedAt is { } last && time.GetElapsedTime(last) < auth.ProbeInterval) throw Unavailable(grant);
            _probedAt = time.GetTimestamp();
        }
        if (auth.IsOAuth)
        {
            var renewed = await Refresh(cancellation);
            if (renewed.Generation == grant.Generation || !renewed.IsUsable(Since(renewed))) throw Unavailable(renewed);
            grant = renewed;
        }
        lock (_lock)
        {
            _probeGeneration = grant.Generation;
            return _probe = _header.Make(grant.Access!);
        }
    }

    // While Postgres is away nobody can renew a token; one that is still good is used on.
    async Task<Grant> Renewed(Grant grant, CancellationToken cancellation)
    {
        try { return await Refresh(cancellation); }
        catch (Exception e) when (Database.IsOutage(e) && grant.IsUsable(Since(grant)))
        {
            log.GrantNotRead(service, e.Message);
            lock (_lock) (_quiet, _quietSince) = (true, time.GetTimestamp());
            return grant;
        }
    }

    async Task<CredentialRefusal> Renew(Grant grant, CancellationToken cancellation)
    {
        try
        {
            if (shared) await store.Expire(service, grant.Generation);
            lock (_lock) if (_grant == grant) _grant = grant with { ExpiresIn = TimeSpan.Zero, RefreshIn = TimeSpan.Zero };
            var renewed = await Refresh(cancellation);
            return renewed.NeedsReauth ? Final : new(renewed.Generation > grant.Generation, Soon);
        }
        catch (CredentialUnavailableException e) { return new(false, e.RetryAfter); }
        catch (Exception e) when (Database.IsOutage(e)) { return new(false, Soon); }
    }

    /// <summary>Joins the refresh under way, or begins one; it goes on when its caller leaves, because its answer must be kept.</summary>
    async Task<Grant> Refresh(CancellationToken cancellation)
    {
        Task<Grant> refreshing;
        lock (_lock) refreshing = _refreshing is { IsCompleted: false } running ? running : _refreshing = Task.Run(RefreshNow, CancellationToken.None);
        return await refreshing.WaitAsync(cancellation);
    }

    async Task<Grant> RefreshNow()
    {
        var grant = shared ? await refresher.Refresh(service, auth, _ended.Token) : await Alone(_grant ?? await Load(_ended.Token));
        lock (_lock)
        {
            if (grant.NeedsReauth && _grant?.NeedsReauth != true) _probedAt = time.GetTimestamp();
            (_quiet, _quietSince) = (grant.IsDueForRefresh(Since(grant)), time.GetTimestamp());
            return _grant = grant;
        }
    }

    async Task<Grant> Alone(Grant present)
    {
        var grant = await alone.Ask(service, auth, present, _ended.Token);
        if (grant.NeedsReauth && !present.NeedsReauth) await Tell(grant, grant.Error!);
        return grant;
    }

    async Task NeedReauth(Grant grant, string error)
    {
        lock (_lock)
        {
            if (_grant?.Generation != grant.Generation || _grant.NeedsReauth) return;
            _grant = grant with { State = GrantState.NeedsReauth, Error = error };
            _probedAt = time.GetTimestamp();
        }
        await Tell(grant, error);
    }

    // Whoever changes the row tells the operators; when it can't be changed, everybody does.
    async Task Tell(Grant grant, string error)
    {
        try
        {
            if (await store.Refuse(service, auth, RowGeneration(grant.Generation), error)) log.NeedsReauth(service, error);
        }
        catch (Exception e) when (Database.IsOutage(e)) { log.NeedsReauth(service, error); }
    }

    // Tokens that each process has of its own don't count in the row.
    long RowGeneration(long generation) => shared ? generation : 0;

    CredentialUnavailableException Unavailable(Grant grant) => grant.NeedsReauth
        ? new($"{service} does not take RIQ's credential; the request waits for a new one. {grant.Error}".TrimEnd(), UntilProbe(), refused: true)
        : new($"There is no access token for {service} at the moment; the request waits for it.", Soon);

    TimeSpan UntilProbe()
    {
        var left = _probedAt is { } last ? auth.ProbeInterval - time.GetElapsedTime(last) : auth.ProbeInterval;
        return left > Soon ? left : auth.ProbeInterval < Soon ? auth.ProbeInterval : Soon;
    }

    // Another process is at it, or it failed a moment ago, and the token still works: no need to ask the database at every call.
    bool IsQuiet() { lock (_lock) return _quiet && time.GetElapsedTime(_quietSince) < Soon; }

    TimeSpan Since(Grant grant) => time.GetElapsedTime(grant.ReadAt);
}
