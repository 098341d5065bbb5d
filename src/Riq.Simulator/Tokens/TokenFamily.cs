namespace Riq.Simulator.Tokens;

/// <summary>What presenting a refresh token comes to.</summary>
enum Presented { Rotates, WithinLeeway, Revoked }

/// <summary>
/// All tokens that descend from one consent. Each refresh spends the token and makes the next; a spent one may come again for
/// a while, because replies get lost; after that its coming back means theft, and the whole family dies.
/// </summary>
sealed class TokenFamily(string id)
{
    const int SpentRemembered = 1000;

    readonly Lock _lock = new();
    readonly Dictionary<int, DateTimeOffset> _spentAt = [];
    DateTimeOffset? _issuedAt;
    int _generation;
    bool _revoked;

    public string Id { get; } = id;

    /// <summary>Refresh tokens that were presented again after having been spent.</summary>
    public int SpentAgain { get; private set; }

    /// <summary>Refreshes in the first half of an access token's life, when nobody can have needed another one.</summary>
    public int Early { get; private set; }

    public bool IsRevoked { get { lock (_lock) return _revoked; } }

    /// <summary>Spends the token of <paramref name="generation"/>; on success the next one's generation, whose access token lives for <paramref name="life"/>.</summary>
    public Presented Present(int generation, DateTimeOffset now, TimeSpan leeway, out int next, TimeSpan life = default)
    {
        lock (_lock)
        {
            next = 0;
            if (_revoked || generation > _generation) return Presented.Revoked;
            var again = generation < _generation;
            if (again) SpentAgain++;
            if (again && !(_spentAt.TryGetValue(generation, out var spentAt) && now <= spentAt + leeway))
            {
                _revoked = true;
                return Presented.Revoked;
            }
            if (!again && now < _issuedAt + life / 2) Early++;
            _issuedAt = now;
            _spentAt.TryAdd(generation, now);
            if (generation != _generation) _spentAt.TryAdd(_generation, now);
            _spentAt.Remove(_generation - SpentRemembered);
            next = ++_generation;
            return again ? Presented.WithinLeeway : Presented.Rotates;
        }
    }
}
