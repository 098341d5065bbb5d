using FsCheck;
using FsCheck.Xunit;
using Riq.Adapters;
using Riq.Adapters.Confluence;
using Riq.Adapters.Jira;
using Riq.Contracts;
using Xunit;

namespace Riq.UnitTests.Adapters;

public class SearchQueryTests
{
    static readonly JiraSite Site = new(typeNames: [KeyValuePair.Create("subtask", "Subtask")]);

    [Fact]
    public void Every_filter_is_a_condition() =>
        Assert.Equal(
            """project = "MD" AND status = "In Progress" AND issuetype = "Subtask" AND assignee = "5b1:a" AND labels = "x" AND labels = "y" AND parent = "MD-1" AND text ~ "slow start" ORDER BY created DESC""",
            Jql.From(new() { ProjectId = "MD", Status = "In Progress", Type = "SubTask", Assignee = "5b1:a", Labels = ["x", "y"], ParentId = "MD-1", Text = "slow start" }, Site));

    [Fact]
    public void Without_a_filter_there_is_no_query() =>
        Assert.Null(Jql.From(new() { ProjectId = " ", Labels = [], Text = "***", Limit = 5 }, Site));

    [Theory]
    [InlineData("MD\" OR project = \"X", """project = "MD\" OR project = \"X" ORDER BY created DESC""")]
    [InlineData("a\\", """project = "a\\" ORDER BY created DESC""")]
    [InlineData("a\\\" OR 1", """project = "a\\\" OR 1" ORDER BY created DESC""")]
    [InlineData("a\nb", """project = "a b" ORDER BY created DESC""")]
    public void A_value_cannot_leave_its_quotes(string project, string jql) => Assert.Equal(jql, Jql.From(new() { ProjectId = project }, Site));

    [Theory]
    [InlineData("C++ && crash*", "C crash")]
    [InlineData("this AND that", "this and that")]
    [InlineData("\"exact\" \\ phrase", "exact phrase")]
    [InlineData("  ", null)]
    [InlineData("?*~", null)]
    [InlineData(null, null)]
    public void A_text_search_has_words_only(string? text, string? words) => Assert.Equal(words, SearchText.Words(text));

    [Property(MaxTest = 2_000)]
    public bool Whatever_is_quoted_ends_at_the_last_quote(NonNull<string> value)
    {
        var quoted = SearchText.Quote(value.Get);
        for (var i = 1; i < quoted.Length - 1; i++)
            if (quoted[i] == '\\') i++;
            else if (quoted[i] == '"') return false;
        return quoted[0] == '"' && quoted[^1] == '"';
    }

    [Theory]
    [InlineData("label = x", "space = \"ENG\" AND (label = x)")]
    [InlineData("a = 1 OR b = 2 order  by created desc", "space = \"ENG\" AND (a = 1 OR b = 2) order  by created desc")]
    [InlineData("title ~ \"order by\"", "space = \"ENG\" AND (title ~ \"order by\")")]
    [InlineData("title ~ \"a\\\" order by\" ORDER BY title", "space = \"ENG\" AND (title ~ \"a\\\" order by\") ORDER BY title")]
    [InlineData("ORDER BY title", "space = \"ENG\" ORDER BY title")]
    public void A_clients_cql_is_bounded_to_a_space_and_keeps_its_order(string cql, string bounded) => Assert.Equal(bounded, Cql.Within(cql, "ENG"));

    [Fact]
    public void Words_search_pages_only() =>
        Assert.Equal("""type = page AND text ~ "deploy guide" AND space = "ENG" """.Trim(), Cql.Words("deploy guide", "ENG"));

    [Theory]
    [InlineData("MD-1", "MD-1")]
    [InlineData(" md-12 ", "MD-12")]
    [InlineData("A_1-7", "A_1-7")]
    [InlineData("10001", "10001")]
    [InlineData("..", null)]
    [InlineData("MD-1/comment", null)]
    [InlineData("MD-1?x", null)]
    [InlineData("MD-1\n", "MD-1")]
    [InlineData("MD-", null)]
    [InlineData("", null)]
    [InlineData("%2e%2e", null)]
    public void Only_a_key_or_a_number_becomes_part_of_a_path(string given, string? key) => Assert.Equal(key, TaskKey.Read(given));
}
