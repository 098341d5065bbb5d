using System.Collections.Concurrent;
using System.Globalization;
using Riq.Simulator.Exchange;
using Riq.Simulator.Latency;
using Riq.Simulator.Settings;

namespace Riq.Simulator.Confluence;

/// <summary>All spaces and pages. A title belongs to one page of its space, whatever its case: taking it is one atomic step.</summary>
sealed class ConfluenceStore(IndexLag lag, LiveSettings settings)
{
    const long FirstId = 98_304;

    readonly ConcurrentDictionary<long, Page> _pages = [];
    readonly ConcurrentDictionary<(long Space, string Title), long> _titles = [];
    readonly ConcurrentDictionary<long, ConcurrentDictionary<long, bool>> _children = [];
    readonly ConcurrentDictionary<string, Space> _spaces = new(StringComparer.OrdinalIgnoreCase);
    long _lastId = FirstId;
    int _count;

    public int Count => Volatile.Read(ref _count);
    public IEnumerable<Page> All => _pages.Select(p => p.Value);
    public IEnumerable<Space> Spaces => _spaces.Values.OrderBy(s => s.Id);

    public long NextId() => Interlocked.Increment(ref _lastId);

    public Space AddSpace(Space space) => _spaces.GetOrAdd(space.Key, space);

    /// <summary>By numeric id or key.</summary>
    public Space? Space(string idOrKey) => _spaces.Values.FirstOrDefault(s => s.Id.ToString(CultureInfo.InvariantCulture) == idOrKey) ?? _spaces.GetValueOrDefault(idOrKey);

    public Page? Find(string id) => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? _pages.GetValueOrDefault(number) : null;

    public Page? WithTitle(long space, string title) => _titles.TryGetValue((space, Folded(title)), out var id) ? _pages.GetValueOrDefault(id) : null;

    public IEnumerable<Page> ChildrenOf(long parent) => _children.TryGetValue(parent, out var ids)
        ? ids.Select(c => _pages.GetValueOrDefault(c.Key)).OfType<Page>().Where(p => p.State.ParentId == parent).OrderBy(p => p.State.Id) : [];

    public Page Add(PageState state)
    {
        if (Count >= settings.Current.MaxObjects) throw SiteException.Confluence(507, "INSUFFICIENT_STORAGE", "The simulator is full: raise Simulator:MaxObjects or POST /__sim/reset.");
        TakeTitle(state);
        var page = new Page(state, lag.VisibleAt(state.CreatedAt));
        _pages[state.Id] = page;
        if (state.ParentId is { } parent) Adopt(parent, state.Id);
        Interlocked.Increment(ref _count);
        return page;
    }

    /// <summary>One write to a page; null when it is gone. The change may throw a refusal.</summary>
    public PageState? Change(Page page, string worker, DateTimeOffset now, Func<PageState, PageState> change) => page.Change(worker, before =>
    {
        var next = change(before);
        if (Folded(next.Title) != Folded(before.Title) || before.Status == "draft" && next.Status != "draft")
        {
            TakeTitle(next);
            FreeTitle(before);
        }
        if (next.ParentId is { } parent && parent != before.ParentId) Adopt(parent, next.Id);
        return next;
    }, now, lag.VisibleAt(now));

    /// <summary>Children move up to the deleted page's parent.</summary>
    public bool Remove(Page page)
    {
        if (!page.Delete()) return false;
        var state = page.State;
        foreach (var child in ChildrenOf(state.Id).ToArray()) Change(child, "", state.CreatedAt, c => c with { ParentId = state.ParentId });
        _pages.TryRemove(state.Id, out _);
        FreeTitle(state);
        if (state.ParentId is { } parent && _children.TryGetValue(parent, out var siblings)) siblings.TryRemove(state.Id, out _);
        Interlocked.Decrement(ref _count);
        return true;
    }

    public void Clear()
    {
        _pages.Clear();
        _titles.Clear();
        _children.Clear();
        _spaces.Clear();
        Volatile.Write(ref _lastId, FirstId);
        Volatile.Write(ref _count, 0);
    }

    void TakeTitle(PageState page)
    {
        if (page.Status == "draft") return;
        if (_titles.GetOrAdd((page.Space.Id, Folded(page.Title)), page.Id) != page.Id)
            throw SiteException.Confluence(400, "BAD_REQUEST", "A page already exists with the same TITLE in this space");
    }

    void FreeTitle(PageState page) => _titles.TryRemove(KeyValuePair.Create((page.Space.Id, Folded(page.Title)), page.Id));

    void Adopt(long parent, long child) => _children.GetOrAdd(parent, _ => new(1, 1)).TryAdd(child, true);

    static string Folded(string title) => title.Trim().ToUpperInvariant();
}
