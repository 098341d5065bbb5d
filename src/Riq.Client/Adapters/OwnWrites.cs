namespace Riq.Client.Adapters;

/// <summary>
/// The consistency tokens of this client's writes, for as long as they can matter to a read: a search must find what was created
/// (the service's index lags), and a read of one object must not overtake a write that nobody waited for.
/// </summary>
sealed class OwnWrites(TimeProvider time)
{
    /// <summary>RIQ forgets a token 300 s after the write's end; the client a little earlier.</summary>
    static readonly TimeSpan Kept = TimeSpan.FromMinutes(4);
    const int MostSubjects = 1_000;

    readonly object _lock = new();
    readonly Dictionary<string, (string Token, long At)> _bySubject = new(StringComparer.OrdinalIgnoreCase);
    readonly Dictionary<string, (string Token, long At)> _newest = [];

    public void Note(QueuedOperation write, string token, bool pending)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            _newest[write.Service] = (token, now);
            // What ended is in no cache any more; only a write that may still be under way can be overtaken.
            if (write.Subject is null) return;
            if (!pending) _bySubject.Remove(KeyOf(write));
            else
            {
                if (_bySubject.Count >= MostSubjects) DropOld();
                _bySubject[KeyOf(write)] = (token, now);
            }
        }
    }

    /// <summary>The token that the read has to be given; null when it may be answered from anywhere.</summary>
    public string? TokenFor(QueuedOperation read)
    {
        lock (_lock)
        {
            var found = read.Subject is null ? _newest.TryGetValue(read.Service, out var write) : _bySubject.TryGetValue(KeyOf(read), out write);
            return found && time.GetElapsedTime(write.At) < Kept ? write.Token : null;
        }
    }

    /// <summary>The token is of no use any more: its write failed, or RIQ has forgotten it.</summary>
    public void Forget(string token)
    {
        lock (_lock)
        {
            foreach (var map in new[] { _bySubject, _newest })
                foreach (var key in map.Where(w => w.Value.Token == token).Select(w => w.Key).ToArray()) map.Remove(key);
        }
    }

    static string KeyOf(QueuedOperation operation) => $"{operation.Service}/{operation.Subject}";

    void DropOld()
    {
        foreach (var key in _bySubject.OrderBy(w => w.Value.At).Take(MostSubjects / 2).Select(w => w.Key).ToArray()) _bySubject.Remove(key);
    }
}
