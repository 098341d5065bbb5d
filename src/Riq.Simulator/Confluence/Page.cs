using System.Collections.Immutable;
using System.Text.Json;
using Riq.Simulator.Accounts;
using Riq.Simulator.Latency;

namespace Riq.Simulator.Confluence;

sealed record Space(long Id, string Key, string Name)
{
    public long HomepageId { get; set; }
}

sealed record PageVersion(int Number, string Message, bool IsMinor, Account Author, DateTimeOffset At);

sealed record PageProperty(long Id, string Key, JsonElement Value, int Version, DateTimeOffset At);

/// <summary>What a page says at one moment. Never changed: a write makes the next one.</summary>
sealed record PageState
{
    public required long Id { get; init; }
    public required Space Space { get; init; }
    public required string Title { get; init; }
    public required string Status { get; init; }
    public long? ParentId { get; init; }
    public required string Body { get; init; }
    public required string Representation { get; init; }
    public required Account Owner { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required PageVersion Version { get; init; }
    public ImmutableSortedSet<string> Labels { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);
    public ImmutableList<PageProperty> Properties { get; init; } = [];
}

/// <summary>A page with its lock, its history and its lagging place in the search index.</summary>
sealed class Page(PageState first, DateTimeOffset visibleAt)
{
    const int MaxVersionsKept = 200, MaxReaders = 200;

    readonly Lock _lock = new();
    readonly Indexed<PageState> _states = new(first, first.CreatedAt, visibleAt);
    readonly List<PageVersion> _history = [first.Version];
    readonly Dictionary<string, int> _seen = [];
    bool _deleted;

    public PageState State => _states.Current;

    /// <summary>Versions that were written over by a worker that had not seen them.</summary>
    public int BlindOverwrites { get; private set; }

    public IReadOnlyList<PageVersion> History { get { lock (_lock) return [.. _history]; } }

    public PageState? VisibleAt(DateTimeOffset now) { lock (_lock) return _deleted ? null : _states.Visible(now); }

    /// <summary>Notes which version a worker has got to see.</summary>
    public PageState Read(string worker)
    {
        lock (_lock)
        {
            See(worker);
            return _states.Current;
        }
    }

    /// <summary>One write, alone at its page: <paramref name="change"/> gets the present state, may throw a refusal, and returns the next. Null when the page is gone.</summary>
    public PageState? Change(string worker, Func<PageState, PageState> change, DateTimeOffset now, DateTimeOffset visible)
    {
        lock (_lock)
        {
            if (_deleted) return null;
            var before = _states.Current;
            var next = change(before);
            _states.Set(next, now, visible);
            if (next.Version.Number != before.Version.Number) Versioned(worker, before, next);
            return next;
        }
    }

    public bool Delete()
    {
        lock (_lock) return !_deleted && (_deleted = true);
    }

    void Versioned(string worker, PageState before, PageState next)
    {
        if (_seen.GetValueOrDefault(worker) != before.Version.Number) BlindOverwrites++;
        _history.Add(next.Version);
        if (_history.Count > MaxVersionsKept) _history.RemoveAt(0);
        See(worker);
    }

    void See(string worker)
    {
        if (_seen.Count < MaxReaders || _seen.ContainsKey(worker)) _seen[worker] = _states.Current.Version.Number;
    }
}
