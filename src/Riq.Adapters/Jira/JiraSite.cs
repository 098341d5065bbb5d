namespace Riq.Adapters.Jira;

/// <summary>What differs from one Jira site to another.</summary>
sealed record JiraSite
{
    static readonly Dictionary<string, string> UsualTypeNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["epic"] = "Epic", ["story"] = "Story", ["task"] = "Task", ["subtask"] = "Sub-task", ["bug"] = "Bug",
    };

    readonly Dictionary<string, string> _typeNames;

    public JiraSite(string? url = null, string? storyPointsField = null, IEnumerable<KeyValuePair<string, string>>? typeNames = null)
    {
        (Url, StoryPointsField) = (url?.TrimEnd('/'), storyPointsField);
        _typeNames = new(UsualTypeNames, StringComparer.OrdinalIgnoreCase);
        foreach (var (type, name) in typeNames ?? []) _typeNames[type] = name;
    }

    /// <summary>Where people open the site; null when only the API gateway's address is known.</summary>
    public string? Url { get; }

    /// <summary>The id of the site's story points field, e.g. <c>customfield_10016</c>; null when not configured.</summary>
    public string? StoryPointsField { get; }

    /// <summary>RIQ's types that have a name of their own on the site.</summary>
    public static IReadOnlyCollection<string> Types => UsualTypeNames.Keys;

    /// <summary>The site's name of a type; a type that RIQ does not know is taken as the site's own name.</summary>
    public string TypeName(string type) => _typeNames.GetValueOrDefault(type, type);

    /// <summary>RIQ's name of the site's type.</summary>
    public string TypeOf(string name, bool isSubtask) => isSubtask ? "subtask"
        : _typeNames.FirstOrDefault(t => t.Value.Equals(name, StringComparison.OrdinalIgnoreCase)).Key ?? name.ToLowerInvariant();

    public string? LinkTo(string key) => Url is null ? null : $"{Url}/browse/{key}";
}
