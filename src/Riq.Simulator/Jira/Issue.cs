using System.Collections.Immutable;
using System.Text.Json;
using Riq.Simulator.Accounts;
using Riq.Simulator.Jira.Adf;
using Riq.Simulator.Latency;
using Riq.Simulator.Limits;

namespace Riq.Simulator.Jira;

/// <summary>A project; its keys count up without gaps unless a create is refused late.</summary>
sealed class Project(string id, string key, string name)
{
    int _lastNumber;

    public string Id { get; } = id;
    public string Key { get; } = key;
    public string Name { get; } = name;

    public string NextKey() => $"{Key}-{Interlocked.Increment(ref _lastNumber)}";
}

/// <summary>What an issue says at one moment. Never changed: a write makes the next one.</summary>
sealed record IssueState
{
    public required long Id { get; init; }
    public required string Key { get; init; }
    public required Project Project { get; init; }
    public required IssueType Type { get; init; }
    public string Summary { get; init; } = "";

    /// <summary>A document (v3) or a text (v2), as it was given; undefined when there is none.</summary>
    public JsonElement Description { get; init; }

    public string[] Labels { get; init; } = [];
    public Priority Priority { get; init; } = JiraCatalog.Priorities[2];
    public string? ParentKey { get; init; }
    public Account? Assignee { get; init; }
    public Account Reporter { get; init; } = AccountDirectory.Integration;
    public Account Creator { get; init; } = AccountDirectory.Integration;
    public DateOnly? DueDate { get; init; }
    public Status Status { get; init; } = JiraCatalog.ToDo;
    public DateTimeOffset StatusSince { get; init; }
    public DateTimeOffset Created { get; init; }
    public DateTimeOffset Updated { get; init; }
    public ImmutableDictionary<string, JsonElement> Custom { get; init; } = ImmutableDictionary<string, JsonElement>.Empty;
    public ImmutableDictionary<string, JsonElement> Properties { get; init; } = ImmutableDictionary<string, JsonElement>.Empty;
    public ImmutableList<Comment> Comments { get; init; } = [];

    /// <summary>All that a text search looks at.</summary>
    public string FullText() => string.Join('\n', Comments.Select(c => AdfText.Plain(c.Body)).Prepend(AdfText.Plain(Description)).Prepend(Summary));
}

sealed record Comment(long Id, Account Author, JsonElement Body, DateTimeOffset Created, DateTimeOffset Updated, ImmutableDictionary<string, JsonElement> Properties);

/// <summary>An issue with its lock, its lagging place in the search index and its write limit.</summary>
sealed class Issue
{
    readonly Lock _lock = new();
    readonly Indexed<IssueState> _states;
    IssueWrites? _writes;
    bool _deleted;

    public Issue(IssueState first, DateTimeOffset visibleAt) => _states = new(first, first.Created, visibleAt);

    public IssueState State => _states.Current;

    public IssueWrites Writes => LazyInitializer.EnsureInitialized(ref _writes);

    public IssueState? VisibleAt(DateTimeOffset now) { lock (_lock) return _deleted ? null : _states.Visible(now); }

    /// <summary>One write: <paramref name="change"/> gets the present state and returns the next, or null to leave it. False when the issue is gone.</summary>
    public bool Change(Func<IssueState, IssueState?> change, DateTimeOffset now, Func<DateTimeOffset, DateTimeOffset> visibleAt)
    {
        lock (_lock)
        {
            if (_deleted) return false;
            if (change(_states.Current) is { } next) _states.Set(next with { Updated = now }, now, visibleAt(now));
            return true;
        }
    }

    /// <summary>False when it was deleted before.</summary>
    public bool Delete()
    {
        lock (_lock) return !_deleted && (_deleted = true);
    }
}
