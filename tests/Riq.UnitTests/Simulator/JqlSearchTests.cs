using System.Collections.Immutable;
using System.Text.Json;
using Riq.Simulator.Accounts;
using Riq.Simulator.Clock;
using Riq.Simulator.Jira;
using Riq.Simulator.Jira.Search;
using Riq.Simulator.Latency;
using Riq.Simulator.Query;
using Riq.Simulator.Settings;
using Xunit;

namespace Riq.UnitTests.Simulator;

public sealed class JqlSearchTests
{
    static readonly DateTimeOffset Now = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);
    static readonly HashSet<long> None = [];

    readonly JiraStore _store;
    readonly JqlSearch _search;
    readonly Project _project;

    public JqlSearchTests()
    {
        _store = Store(indexLagScale: 0);
        _search = new(_store);
        _project = _store.AddProject(new("10000", "MD", "Middleware"));
        Add("Epic", "Payments", labels: ["big"]);
        Add("Story", "Pay by card", parent: "MD-1", labels: ["riq-a", "web"], assignee: AccountDirectory.All[1]);
        Add("Bug", "Card declined", parent: "MD-1", status: JiraCatalog.Done, priority: "Highest");
        Add("Task", "Write the manual", status: JiraCatalog.InProgress, age: TimeSpan.FromDays(3), points: 5);
    }

    static JiraStore Store(double indexLagScale)
    {
        var settings = new LiveSettings(new() { IndexLagScale = indexLagScale });
        return new(new IndexLag(new Chance(1), settings), settings);
    }

    IssueState Add(string type, string summary, string? parent = null, string[]? labels = null, Status? status = null, string priority = "Medium", Account? assignee = null, TimeSpan age = default, int? points = null)
    {
        var state = new IssueState
        {
            Id = _store.NextId(), Key = _project.NextKey(), Project = _project, Type = JiraCatalog.Type(type)!, Summary = summary, ParentKey = parent, Labels = labels ?? [],
            Status = status ?? JiraCatalog.ToDo, Priority = JiraCatalog.Priority(priority)!, Assignee = assignee, Created = Now - age, Updated = Now - age,
            Custom = points is { } p ? ImmutableDictionary<string, JsonElement>.Empty.Add("customfield_10016", JsonSerializer.SerializeToElement(p)) : ImmutableDictionary<string, JsonElement>.Empty,
        };
        _store.Add(state);
        return state;
    }

    string Keys(string jql) => string.Join(' ', _search.Run(jql, AccountDirectory.All[1], Now, None, mustBeBounded: true).Select(s => s.Key));

    [Theory]
    [InlineData("project = MD ORDER BY key", "MD-1 MD-2 MD-3 MD-4")]
    [InlineData("project = middleware AND type = Bug", "MD-3")]
    [InlineData("labels = \"riq-a\"", "MD-2")]
    [InlineData("labels in (big, web) order by key asc", "MD-1 MD-2")]
    [InlineData("labels != web", "MD-1")]
    [InlineData("labels is empty order by key", "MD-3 MD-4")]
    [InlineData("status = Done OR status = 'in progress' order by key desc", "MD-4 MD-3")]
    [InlineData("statusCategory != Done order by key", "MD-1 MD-2 MD-4")]
    [InlineData("parent = MD-1 order by key", "MD-2 MD-3")]
    [InlineData("key in (MD-2, MD-4) order by key", "MD-2 MD-4")]
    [InlineData("key > MD-2 order by key", "MD-3 MD-4")]
    [InlineData("assignee = currentUser()", "MD-2")]
    [InlineData("assignee is EMPTY and type != Epic order by key", "MD-3 MD-4")]
    [InlineData("assignee in (\"alice@example.com\")", "MD-2")]
    [InlineData("priority = Highest", "MD-3")]
    [InlineData("summary ~ card order by key", "MD-2 MD-3")]
    [InlineData("text ~ \"man*\"", "MD-4")]
    [InlineData("summary ~ '\"by card\"'", "MD-2")]
    [InlineData("summary !~ card order by key", "MD-1 MD-4")]
    [InlineData("created < -2d", "MD-4")]
    [InlineData("created >= \"2026-03-10\" and parent is empty", "MD-1")]
    [InlineData("updated >= startOfDay(-1d) and NOT (type in (Epic, Bug))", "MD-2")]
    [InlineData("\"Story point estimate\" >= 5", "MD-4")]
    [InlineData("cf[10016] is not empty", "MD-4")]
    [InlineData("project = MD and status = Done and labels = web", "")]
    public void A_query_finds_what_it_says(string jql, string expected) => Assert.Equal(expected, Keys(jql));

    [Fact]
    public void Without_order_the_newest_come_first() => Assert.Equal("MD-4 MD-3 MD-2 MD-1", Keys("project = MD"));

    [Theory]
    [InlineData("", "Unbounded")]
    [InlineData("order by created", "Unbounded")]
    [InlineData("color = red", "Field 'color' does not exist")]
    [InlineData("project = NOPE", "does not exist for the field 'project'")]
    [InlineData("status = Sleeping", "does not exist for the field 'status'")]
    [InlineData("key = MD-999", "An issue with key 'MD-999'")]
    [InlineData("project ~ MD", "The operator '~' is not supported")]
    [InlineData("summary = card", "The operator '=' is not supported")]
    [InlineData("created > soon", "Date value 'soon' is invalid")]
    [InlineData("project = MD order by colour", "Not able to sort")]
    public void A_query_that_cannot_be_run_is_refused_with_its_reason(string jql, string reason) =>
        Assert.Contains(reason, Assert.Throws<QueryException>(() => Keys(jql)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_search_sees_a_new_issue_after_the_index_lag_only_and_a_reconciled_one_at_once()
    {
        var store = Store(indexLagScale: 1);
        var project = store.AddProject(new("10000", "MD", "Middleware"));
        store.Add(new IssueState { Id = 7, Key = "MD-7", Project = project, Type = JiraCatalog.Types[2], Summary = "new", Created = Now });
        var search = new JqlSearch(store);

        int Found(DateTimeOffset at, HashSet<long> reconciled) => search.Run("project = MD", AccountDirectory.Integration, at, reconciled, true).Count;
        Assert.Equal(0, Found(Now.AddMilliseconds(900), None));
        Assert.Equal(1, Found(Now.AddMilliseconds(900), [7]));
        Assert.Equal(1, Found(Now.AddSeconds(120), None));
    }
}
