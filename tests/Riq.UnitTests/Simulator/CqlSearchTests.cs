using Riq.Simulator.Accounts;
using Riq.Simulator.Clock;
using Riq.Simulator.Confluence;
using Riq.Simulator.Exchange;
using Riq.Simulator.Latency;
using Riq.Simulator.Query;
using Riq.Simulator.Settings;
using Xunit;

namespace Riq.UnitTests.Simulator;

public sealed class CqlSearchTests
{
    static readonly DateTimeOffset Now = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);

    readonly ConfluenceStore _store;
    readonly Space _space;
    readonly CqlSearch _search;

    public CqlSearchTests()
    {
        var settings = new LiveSettings(new() { IndexLagScale = 0 });
        _store = new(new IndexLag(new Chance(1), settings), settings);
        _space = _store.AddSpace(new(1, "MD", "Middleware"));
        _search = new(_store);
        Add(10, "Home", null, "<p>Welcome</p>");
        Add(11, "Release notes", 10, "<p>Shipped &amp; done</p>", labels: ["release"]);
        Add(12, "Release plan", 11, "<p>Later</p>", age: TimeSpan.FromDays(9));
    }

    void Add(long id, string title, long? parent, string body, string[]? labels = null, TimeSpan age = default) => _store.Add(new PageState
    {
        Id = id, Space = _space, Title = title, Status = "current", ParentId = parent, Body = body, Representation = "storage", Owner = AccountDirectory.Integration,
        CreatedAt = Now - age, Version = new(1, "", false, AccountDirectory.Integration, Now - age), Labels = [.. labels ?? []],
    });

    [Theory]
    [InlineData("type = page", "10 11 12")]
    [InlineData("space = MD and title = \"release NOTES\"", "11")]
    [InlineData("title ~ release", "11 12")]
    [InlineData("text ~ shipped", "11")]
    [InlineData("label = release", "11")]
    [InlineData("parent = 10", "11")]
    [InlineData("ancestor = 10 order by title desc", "12 11")]
    [InlineData("id in (10, 12)", "10 12")]
    [InlineData("created < now(-7d)", "12")]
    [InlineData("space = XX", "")]
    public void A_query_finds_what_it_says(string cql, string expected) => Assert.Equal(expected, string.Join(' ', _search.Run(cql, Now).Select(p => p.Id)));

    [Theory]
    [InlineData("")]
    [InlineData("colour = red")]
    [InlineData("title > a")]
    [InlineData("type = page order by colour")]
    public void A_query_that_cannot_be_run_is_refused(string cql) => Assert.Throws<QueryException>(() => _search.Run(cql, Now));

    [Fact]
    public void A_title_is_taken_in_any_case_and_free_again_after_deletion()
    {
        Assert.Equal(400, Assert.Throws<SiteException>(() => Add(20, "RELEASE NOTES", null, "")).Answer.Status);
        Assert.True(_store.Remove(_store.Find("11")!));
        Add(20, "RELEASE NOTES", null, "");
        Assert.Equal(20, _store.WithTitle(1, "release notes")!.State.Id);
    }

    [Fact]
    public void Children_of_a_deleted_page_move_up()
    {
        _store.Remove(_store.Find("11")!);
        Assert.Equal(10, _store.Find("12")!.State.ParentId);
        Assert.Equal([12], _store.ChildrenOf(10).Select(p => p.State.Id));
    }

    [Theory]
    [InlineData("<p>fine &nbsp; <ac:structured-macro ac:name=\"code\"/></p>", true)]
    [InlineData("plain text", true)]
    [InlineData("<p>open", false)]
    [InlineData("a & b", false)]
    public void Storage_format_must_be_well_formed(string value, bool right) => Assert.Equal(right, StorageFormat.Problem(value) is null);
}
