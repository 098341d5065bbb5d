using Riq.Engine.DeadLetters;

namespace Riq.UnitTests.DeadLetters;

/// <summary>What follows from the dead letters that go first.</summary>
public class BulkRuleTests
{
    static FirstOne One(string what) => what switch
    {
        "waiting" => new("waiting", "TIMEOUT", "dead", "TIMEOUT"),
        "queued" => new("done", "TIMEOUT", "queued", null),
        "running" => new("done", "TIMEOUT", "processing", null),
        "well" => new("done", "TIMEOUT", "completed", null),
        "same" => new("done", "TIMEOUT", "dead", "TIMEOUT"),
        "other" => new("done", "TIMEOUT", "failed", "NOT_FOUND"),
        "skipped" => new("skipped", "TIMEOUT", "dead", "TIMEOUT"),
        _ => new("done", "TIMEOUT", null, null),
    };

    static string After(string first) => BulkRule.AfterFirst([.. first.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(One)]).ToString();

    [Theory]
    [InlineData("", "GoOn"), InlineData("waiting waiting", "Wait"), InlineData("queued same same", "Wait"), InlineData("running", "Wait"), InlineData("same same waiting", "Wait")]
    [InlineData("well waiting same same same", "GoOn"), InlineData("same same same", "Stop"), InlineData("same other", "Stop"), InlineData("same other other", "GoOn"), InlineData("other other", "GoOn")]
    [InlineData("skipped skipped", "GoOn"), InlineData("skipped skipped skipped same", "Stop"), InlineData("gone gone same", "GoOn")]
    public void One_success_lets_the_rest_go_and_the_same_error_again_stops_it(string first, string verdict) => Assert.Equal(verdict, After(first));

    [Theory]
    [InlineData(0, 0, "quiet"), InlineData(3, 0, "rising"), InlineData(10, 10, "steady"), InlineData(0, 4, "falling")]
    public void The_trend_compares_the_last_two_hours(long last, long before, string trend) => Assert.Equal(trend, Remedy.Trend(last, before));

    [Fact]
    public void Every_error_has_a_remedy_and_an_unknown_outcome_names_the_three_decisions()
    {
        foreach (var code in new[] { "RATE_LIMITED", "AUTH_FAILED", "TIMEOUT", "SERVICE_UNAVAILABLE", "CONFLICT", "NOT_FOUND", "VALIDATION_ERROR", "FORBIDDEN", "INTERNAL", "SOMETHING_NEW", null })
            Assert.NotEmpty(Remedy.For(code, "jira", anyUnknown: false));
        Assert.All(["adopt", "send again", "abandon"], w => Assert.Contains(w, Remedy.For("TIMEOUT", "jira", anyUnknown: true), StringComparison.Ordinal));
    }
}
