using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Riq.Simulator.Accounts;
using Riq.Simulator.Clock;
using Riq.Simulator.Exchange;
using Riq.Simulator.Jira.Search;

namespace Riq.Simulator.Jira;

/// <summary>Jira of the simulated site: its calls, and what is in it at the start.</summary>
sealed class JiraSite(JiraStore store, SimulatorClock clock, IssueRoutes issues, BulkRoutes bulk, TransitionRoutes transitions, CommentRoutes comments, PropertyRoutes properties,
    SearchRoutes search, MetadataRoutes metadata)
{
    const string ProjectKey = "MD";
    static readonly TimeSpan SeededBefore = TimeSpan.FromDays(7);

    /// <summary>The calls of version 3 and, the same with plain texts, version 2. Data Center has no version 3.</summary>
    public void Map(RouteTable routes)
    {
        foreach (var version in (string[])["3", "2"])
        {
            var group = routes.Group(Product.Jira, $"/rest/api/{version}/");
            issues.Map(group);
            bulk.Map(group);
            transitions.Map(group);
            comments.Map(group);
            properties.Map(group);
            search.Map(group);
            metadata.Map(group);
        }
    }

    /// <summary>Project MD with MD-1 to MD-20: an epic in front, two sub-tasks, the rest by turns; some are under way or done.</summary>
    public void Seed()
    {
        var project = store.AddProject(new("10000", ProjectKey, "Middleware"));
        var at = clock.GetUtcNow() - SeededBefore;
        for (var number = 1; number <= 20; number++) store.Add(Seeded(project, number, at.AddMinutes(number)));
    }

    IssueState Seeded(Project project, int number, DateTimeOffset at)
    {
        var type = number is 1 or 11 ? "Epic" : number is 5 or 6 ? "Sub-task" : ((string[])["Story", "Task", "Bug"])[number % 3];
        return new IssueState
        {
            Id = store.NextId(), Key = project.NextKey(), Project = project, Type = JiraCatalog.Type(type)!,
            Summary = $"Seeded {type.ToLowerInvariant()} {number.ToString(CultureInfo.InvariantCulture)}",
            Labels = ["seeded"], Priority = JiraCatalog.Priorities[number % 5], Status = number <= 12 ? JiraCatalog.ToDo : number <= 16 ? JiraCatalog.InProgress : JiraCatalog.Done,
            ParentKey = type == "Epic" ? null : type == "Sub-task" ? $"{ProjectKey}-4" : number < 11 ? $"{ProjectKey}-1" : $"{ProjectKey}-11",
            Assignee = number % 2 == 0 ? AccountDirectory.All[number % 4] : null, Created = at, Updated = at, StatusSince = at,
            Custom = ImmutableDictionary<string, JsonElement>.Empty.Add("customfield_10016", JsonSerializer.SerializeToElement(number % 8)),
        };
    }
}
