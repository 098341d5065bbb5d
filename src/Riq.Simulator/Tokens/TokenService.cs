using System.Collections.Concurrent;
using System.Globalization;
using Riq.Simulator.Clock;
using Riq.Simulator.Settings;

namespace Riq.Simulator.Tokens;

/// <summary>A pair as the token endpoint hands it out; client credentials come without a refresh token.</summary>
sealed record IssuedTokens(string Access, string? Refresh, int ExpiresInSeconds);

/// <summary>Issues, rotates and revokes tokens.</summary>
sealed class TokenService(SimulatorClock clock, LiveSettings settings, Chance chance)
{
    const int MaxFamilies = 10_000, SweepAbove = 20_000;
    const string SeedFamily = "seed";

    readonly ConcurrentDictionary<string, TokenFamily> _families = [];
    readonly ConcurrentDictionary<string, AccessToken> _access = [];
    int _lastFamily;

    readonly record struct AccessToken(TokenFamily? Family, DateTimeOffset ExpiresAt);

    /// <summary>Families whose refresh tokens were spent more than once, with how often.</summary>
    public IEnumerable<(string Family, int Times, bool Revoked)> SpentAgain => _families.Values.Where(f => f.SpentAgain > 0).Select(f => (f.Id, f.SpentAgain, f.IsRevoked));

    /// <summary>Families that were refreshed long before an access token's end, with how often.</summary>
    public IEnumerable<(string Family, int Times)> Early => _families.Values.Where(f => f.Early > 0).Select(f => (f.Id, f.Early));

    public bool IsLive(string access) => _access.TryGetValue(access, out var token) && clock.GetUtcNow() < token.ExpiresAt && token.Family?.IsRevoked != true;

    /// <summary>Whether the token was handed out here, as far back as ended ones are remembered.</summary>
    public bool IsKnown(string access) => _access.ContainsKey(access);

    /// <summary>A new consent. Null when there are too many.</summary>
    public IssuedTokens? Grant()
    {
        if (_families.Count >= MaxFamilies) return null;
        var family = _families.GetOrAdd($"f{Interlocked.Increment(ref _lastFamily)}", id => new(id));
        return Issue(family, 0);
    }

    public IssuedTokens ForClient() => Issue(null, 0);

    /// <summary>The next pair, or null: unknown, too old or revoked, which the endpoint calls an invalid grant.</summary>
    public IssuedTokens? Refresh(string refreshToken)
    {
        var (family, generation) = Parse(refreshToken);
        if (family is null) return null;
        var tokenSettings = settings.Current.Tokens;
        return family.Present(generation, clock.GetUtcNow(), tokenSettings.RotationLeeway, out var next, tokenSettings.AccessTokenTtl) == Presented.Revoked ? null : Issue(family, next);
    }

    public void Reset()
    {
        _families.Clear();
        _access.Clear();
    }

    IssuedTokens Issue(TokenFamily? family, int generation)
    {
        var ttl = settings.Current.Tokens.AccessTokenTtl;
        Sweep();
        var access = $"at-{family?.Id ?? "client"}-{generation}-{chance.NextHex(32)}";
        _access[access] = new(family, clock.GetUtcNow() + ttl);
        return new(access, family is null ? null : $"rt-{family.Id}-{generation}", (int)ttl.TotalSeconds);
    }

    /// <summary>A refresh token names its family and generation, so no table of them has to be kept.</summary>
    (TokenFamily? Family, int Generation) Parse(string token)
    {
        if (token == settings.Current.Tokens.SeedRefreshToken && token.Length > 0) return (_families.GetOrAdd(SeedFamily, id => new(id)), 0);
        var parts = token.Split('-');
        return parts is ["rt", var id, var number] && _families.TryGetValue(id, out var family) && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var generation)
            ? (family, generation) : (null, 0);
    }

    void Sweep()
    {
        if (_access.Count < SweepAbove) return;
        var now = clock.GetUtcNow();
        foreach (var (token, state) in _access)
            if (state.ExpiresAt <= now) _access.TryRemove(token, out _);
    }
}
