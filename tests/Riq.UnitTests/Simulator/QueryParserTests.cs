using Riq.Simulator.Query;
using Xunit;

namespace Riq.UnitTests.Simulator;

public sealed class QueryParserTests
{
    [Fact]
    public void And_binds_stronger_than_or()
    {
        var any = Assert.IsType<Any>(QueryParser.Parse("a = 1 OR b = 2 AND c = 3").Where);
        Assert.IsType<Term>(any.Parts[0]);
        Assert.Equal(["b", "c"], Assert.IsType<All>(any.Parts[1]).Parts.Cast<Term>().Select(t => t.Field));
    }

    [Fact]
    public void Parentheses_and_not_change_the_grouping()
    {
        var all = Assert.IsType<All>(QueryParser.Parse("NOT (a = 1 or b = 2) and c in (x, \"y z\", 'w')").Where);
        Assert.IsType<Any>(Assert.IsType<Not>(all.Parts[0]).Inner);
        Assert.Equal(["x", "y z", "w"], Assert.IsType<Term>(all.Parts[1]).Values.Select(v => v.Text));
    }

    [Theory]
    [InlineData("a=b", "=")]
    [InlineData("a != b", "!=")]
    [InlineData("a ~ b", "~")]
    [InlineData("a!~b", "!~")]
    [InlineData("a >= 2026-01-01", ">=")]
    [InlineData("a not in (b)", "NOT IN")]
    [InlineData("a is not empty", "IS NOT")]
    [InlineData("a is NULL", "IS")]
    public void Each_operator_is_known(string query, string expected) => Assert.Equal(expected, Assert.IsType<Term>(QueryParser.Parse(query).Where).Operator);

    [Fact]
    public void Order_by_comes_last_and_may_stand_alone()
    {
        Assert.Equal([new SortKey("created", true), new SortKey("key", false)], QueryParser.Parse("a = b ORDER BY created DESC, key").Order);
        Assert.Null(QueryParser.Parse("order by key").Where);
    }

    [Fact]
    public void Quoted_texts_keep_escapes_and_functions_keep_their_argument()
    {
        Assert.Equal("say \"hi\"", Assert.IsType<Term>(QueryParser.Parse("""text ~ "say \"hi\"" """).Where).Value.Text);
        var function = Assert.IsType<Term>(QueryParser.Parse("created > startOfDay(-1d)").Where).Value;
        Assert.Equal(("startOfDay(-1d)", true), (function.Text, function.IsFunction));
    }

    [Theory]
    [InlineData("a =")]
    [InlineData("a = b AND")]
    [InlineData("a b")]
    [InlineData("a in b")]
    [InlineData("a in (b")]
    [InlineData("(a = b")]
    [InlineData("a = \"b")]
    [InlineData("a = b c = d")]
    [InlineData("a is b")]
    [InlineData("AND a = b")]
    public void A_broken_query_is_refused(string query) => Assert.Throws<QueryException>(() => QueryParser.Parse(query));

    [Fact]
    public void A_query_that_is_nested_too_deep_is_refused_instead_of_breaking_the_stack() =>
        Assert.Throws<QueryException>(() => QueryParser.Parse(new string('(', 5000) + "a = b" + new string(')', 5000)));

    [Fact]
    public void A_page_token_is_good_for_its_own_query_only()
    {
        var token = PageToken.Write(150, "project = MD");
        Assert.Equal(150, PageToken.Read(token, "project = MD"));
        Assert.Null(PageToken.Read(token, "project = XX"));
        Assert.Null(PageToken.Read("%%%", "project = MD"));
        Assert.Equal(0, PageToken.Read(null, "project = MD"));
    }
}
