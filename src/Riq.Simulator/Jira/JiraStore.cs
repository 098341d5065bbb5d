using System.Collections.Concurrent;
using System.Globalization;
using Riq.Simulator.Exchange;
using Riq.Simulator.Latency;
using Riq.Simulator.Settings;

namespace Riq.Simulator.Jira;

/// <summary>All issues, with the indexes that keep searches by label and parent cheap when there are many.</summary>
sealed class JiraStore(IndexLag lag, LiveSettings settings)
{
    const long FirstId = 10_000;

    readonly ConcurrentDictionary<string, Issue> _byKey = new(StringComparer.OrdinalIgnoreCase);
    readonly ConcurrentDictionary<long, Issue> _byId = [];
    readonly ConcurrentDictionary<long, Issue> _byComment = [];
    readonly Postings _byLabel = new(), _byParent = new();
    readonly ConcurrentDictionary<string, Project> _projects = new(StringComparer.OrdinalIgnoreCase);
    long _lastId = FirstId;
    int _count;

    public int Count => Volatile.Read(ref _count);
    public IEnumerable<Issue> All => _byId.Select(p => p.Value);
    public IEnumerable<Project> Projects => _projects.Values.OrderBy(p => p.Key, StringComparer.Ordinal);
    public Func<DateTimeOffset, DateTimeOffset> VisibleAt => lag.VisibleAt;

    public Project AddProject(Project project) => _projects.GetOrAdd(project.Key, project);

    public Project? Project(string? keyOrId) => keyOrId is null ? null
        : _projects.TryGetValue(keyOrId, out var project) ? project : _projects.Values.FirstOrDefault(p => p.Id == keyOrId);

    /// <summary>By key or numeric id.</summary>
    public Issue? Find(string keyOrId)
    {
        if (_byKey.TryGetValue(keyOrId, out var issue)) return issue;
        return long.TryParse(keyOrId, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? _byId.GetValueOrDefault(id) : null;
    }

    public Issue? WithComment(long id) => _byComment.GetValueOrDefault(id);

    public IEnumerable<Issue> WithLabel(string label) => _byLabel.Of(label);
    public IEnumerable<Issue> ChildrenOf(string parentKey) => _byParent.Of(parentKey);

    public long NextId() => Interlocked.Increment(ref _lastId);

    public Issue Add(IssueState state)
    {
        if (Count >= settings.Current.MaxObjects) throw SiteException.Jira(507, "The simulator is full: raise Simulator:MaxObjects or POST /__sim/reset.");
        var issue = new Issue(state, lag.VisibleAt(state.Created));
        _byId[state.Id] = issue;
        _byKey[state.Key] = issue;
        Interlocked.Increment(ref _count);
        Post(issue, state);
        return issue;
    }

    /// <summary>One write to an issue; the indexes follow. False when it is gone.</summary>
    public bool Change(Issue issue, DateTimeOffset now, Func<IssueState, IssueState?> change)
    {
        IssueState? changed = null;
        if (!issue.Change(state => changed = change(state), now, lag.VisibleAt)) return false;
        if (changed is not null) Post(issue, changed);
        return true;
    }

    public bool Remove(Issue issue)
    {
        if (!issue.Delete()) return false;
        var state = issue.State;
        _byId.TryRemove(state.Id, out _);
        _byKey.TryRemove(state.Key, out _);
        Interlocked.Decrement(ref _count);
        foreach (var label in state.Labels) _byLabel.Remove(label, issue);
        foreach (var comment in state.Comments) _byComment.TryRemove(comment.Id, out _);
        if (state.ParentKey is { } parent) _byParent.Remove(parent, issue);
        return true;
    }

    public void Clear()
    {
        _byKey.Clear();
        _byId.Clear();
        _byComment.Clear();
        _byLabel.Clear();
        _byParent.Clear();
        _projects.Clear();
        Volatile.Write(ref _lastId, FirstId);
        Volatile.Write(ref _count, 0);
    }

    void Post(Issue issue, IssueState state)
    {
        foreach (var label in state.Labels) _byLabel.Add(label, issue);
        if (state.ParentKey is { } parent) _byParent.Add(parent, issue);
        if (state.Comments.Count > 0) _byComment[state.Comments[^1].Id] = issue;
    }
}
