using System.Collections.Concurrent;

namespace Riq.Simulator.Ledger;

/// <summary>Finds writes that were sent again after an answer that no repetition can change. Knows a write by its marker, so only marked ones.</summary>
sealed class PermanentErrors
{
    const int MaxRemembered = 100_000;

    readonly ConcurrentDictionary<string, int> _refused = [];
    readonly ConcurrentQueue<LedgerRow> _repeats = new();
    int _remembered;

    /// <summary>The first repetitions, at most 100.</summary>
    public IReadOnlyCollection<LedgerRow> Repeats => _repeats;

    public void Note(LedgerRow row)
    {
        if (row.Marker is null) return;
        if (Volatile.Read(ref _remembered) > 0 && _refused.ContainsKey(Key(row)) && _repeats.Count < 100) _repeats.Enqueue(row);
        if (!IsPermanent(row.Status) || Volatile.Read(ref _remembered) >= MaxRemembered) return;
        if (_refused.TryAdd(Key(row), row.Status)) Interlocked.Increment(ref _remembered);
    }

    public void Reset()
    {
        _refused.Clear();
        _repeats.Clear();
        Volatile.Write(ref _remembered, 0);
    }

    static bool IsPermanent(int status) => status is 400 or 403 or 404 or 410 or 413 or 422;

    static string Key(LedgerRow row) => $"{row.Marker} {row.Method} {row.Path}";
}
