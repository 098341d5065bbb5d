using System.Collections.Concurrent;
using Riq.Simulator.Settings;

namespace Riq.Simulator.Ledger;

/// <summary>
/// What each marker has brought about: the ids of its issues, comments and pages, and <c>id/version/n</c> of the page versions
/// after the first. More than one means that a request was carried out more than once.
/// </summary>
sealed class Effects(LiveSettings settings)
{
    readonly ConcurrentDictionary<string, string[]> _byMarker = [];
    int _count;
    long _forgotten;

    public IEnumerable<KeyValuePair<string, string[]>> All => _byMarker;
    public int Count => Volatile.Read(ref _count);

    /// <summary>Markers that found no room any more; above 0 the proof has gaps.</summary>
    public long Forgotten => Volatile.Read(ref _forgotten);

    public string[] Of(string marker) => _byMarker.GetValueOrDefault(marker, []);

    public void Add(string? marker, string objectId)
    {
        if (marker is null) return;
        if (Count >= settings.Current.MaxObjects && !_byMarker.ContainsKey(marker)) { Interlocked.Increment(ref _forgotten); return; }
        if (_byMarker.TryAdd(marker, [objectId])) { Interlocked.Increment(ref _count); return; }
        _byMarker.AddOrUpdate(marker, _ => [objectId], (_, ids) => ids.Contains(objectId) ? ids : [.. ids, objectId]);
    }

    public void Reset()
    {
        _byMarker.Clear();
        Volatile.Write(ref _count, 0);
        Volatile.Write(ref _forgotten, 0);
    }
}
