using System.Text.Json;
using Riq.Simulator.Faults;
using Xunit;

namespace Riq.UnitTests.Simulator;

public sealed class FaultRuleTests
{
    static readonly DateTimeOffset Now = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);

    static FaultRule Rule(string json)
    {
        var (rule, problem) = FaultRuleReader.Read(JsonSerializer.Deserialize<JsonElement>(json), Now);
        Assert.Null(problem);
        return rule!;
    }

    static bool Hit(FaultRule rule, string method = "POST", string path = "/rest/api/3/issue", string template = "/rest/api/3/issue", string? marker = null, double at = 0, double chance = 0.5) =>
        rule.TryHit(method, path, template, marker, Now.AddSeconds(at), () => chance);

    [Theory]
    [InlineData("/rest/api/3/issue", "/rest/api/3/issue", true)]
    [InlineData("/rest/api/3/issue", "/rest/api/3/issue/MD-1/comment", true)]
    [InlineData("/rest/api/3/issue", "/rest/api/3/issuetype", false)]
    [InlineData("/rest/api/3/issue$", "/rest/api/3/issue", true)]
    [InlineData("/rest/api/3/issue$", "/rest/api/3/issue/MD-1", false)]
    [InlineData("*/comment", "/rest/api/3/issue/MD-1/comment", true)]
    [InlineData("/rest/api/?/issue/*/transitions", "/rest/api/2/issue/MD-1/transitions", true)]
    [InlineData("*/comment", "/rest/api/3/issue/MD-1/comment/5", false)]
    [InlineData("", "/anything", true)]
    [InlineData("/", "/anything", true)]
    public void A_route_is_a_prefix_an_exact_path_or_a_glob(string pattern, string path, bool matches) => Assert.Equal(matches, FaultMatch.Route(pattern, path, path));

    [Fact]
    public void A_route_may_be_written_as_its_template() => Assert.True(FaultMatch.Route("/rest/api/3/issue/{key}$", "/rest/api/3/issue/MD-1", "/rest/api/3/issue/{key}"));

    [Fact]
    public void Nth_hits_one_call_and_every_hits_each_so_many()
    {
        var nth = Rule("""{"method":"post","nth":2,"action":"429"}""");
        Assert.Equal([false, true, false], Enumerable.Range(0, 3).Select(_ => Hit(nth)));
        var every = Rule("""{"every":2,"action":"5xx"}""");
        Assert.Equal([false, true, false, true], Enumerable.Range(0, 4).Select(_ => Hit(every)));
    }

    [Fact]
    public void Calls_that_are_not_meant_are_not_counted()
    {
        var rule = Rule("""{"route":"/wiki","method":"PUT","nth":1,"action":"5xx"}""");
        Assert.False(Hit(rule));
        Assert.False(Hit(rule, "POST", "/wiki/api/v2/pages/1"));
        Assert.True(Hit(rule, "PUT", "/wiki/api/v2/pages/1"));
    }

    [Fact]
    public void Probability_times_marker_and_window_bound_a_rule()
    {
        var rule = Rule("""{"probability":0.3,"times":2,"marker":"tok","from":10,"until":20,"action":"delay","seconds":2}""");
        Assert.False(Hit(rule, marker: "tok", at: 5, chance: 0.1));
        Assert.False(Hit(rule, marker: "other", at: 15, chance: 0.1));
        Assert.False(Hit(rule, marker: "tok", at: 15, chance: 0.3));
        Assert.True(Hit(rule, marker: "tok", at: 15, chance: 0.29));
        Assert.True(Hit(rule, marker: "tok", at: 19.9, chance: 0.1));
        Assert.False(Hit(rule, marker: "tok", at: 15, chance: 0.1));
        Assert.False(Hit(Rule("""{"until":20,"action":"burst"}"""), at: 20));
    }

    [Fact]
    public void A_conflict_comes_once_for_each_path()
    {
        var rule = Rule("""{"method":"PUT","action":"conflict-once"}""");
        Assert.Equal([true, false, true, false], new[] { "/a", "/a", "/b", "/b" }.Select(p => Hit(rule, "PUT", p)));
    }

    [Fact]
    public void An_action_has_its_parameters_beside_it_or_inside_it()
    {
        var beside = Rule("""{"action":"429","reason":"jira-burst-based","retryAfter":7,"html":true}""").Action;
        Assert.Equal((FaultKind.TooManyRequests, "jira-burst-based", 7, true), (beside.Kind, beside.Reason, beside.RetryAfter, beside.Html));
        var inside = Rule("""{"action":{"type":"commit-then-5xx","code":502}}""").Action;
        Assert.Equal((FaultKind.CommitThenServerError, 502), (inside.Kind, inside.Code));
        Assert.Equal((FaultKind.ServerError, 504), (Rule("""{"action":"504"}""").Action.Kind, Rule("""{"action":504}""").Action.Code));
    }

    [Theory]
    [InlineData("""{"route":"/x"}""", "action is required")]
    [InlineData("""{"action":"explode"}""", "'explode' is not known")]
    [InlineData("""{"action":"429","nth":0}""", "nth must be a whole number")]
    [InlineData("""{"action":"429","probability":2}""", "probability must be a number from 0 to 1")]
    [InlineData("""{"action":"429","from":"soon"}""", "from must be a number of seconds")]
    [InlineData("""{"action":"429","rout":"/x"}""", "rout is not part of a rule")]
    [InlineData("[]", "must be a JSON object")]
    public void A_rule_that_makes_no_sense_is_refused_with_its_reason(string json, string reason)
    {
        var (rule, problem) = FaultRuleReader.Read(JsonSerializer.Deserialize<JsonElement>(json), Now);
        Assert.Null(rule);
        Assert.Contains(reason, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("429"), InlineData("5xx"), InlineData("burst"), InlineData("delay"), InlineData("reset-before"), InlineData("commit-then-hang"), InlineData("commit-then-reset")]
    [InlineData("commit-then-5xx"), InlineData("truncate"), InlineData("html-body"), InlineData("empty-body"), InlineData("conflict-once"), InlineData("deny-scope")]
    public void Every_action_is_known_by_its_name(string name) => Assert.Equal(name, Rule($$"""{"action":"{{name}}"}""").Action.Name);
}
