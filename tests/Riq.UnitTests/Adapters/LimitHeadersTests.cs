using FsCheck.Xunit;
using Riq.Adapters.Http;
using Riq.Contracts;
using Xunit;

namespace Riq.UnitTests.Adapters;

public class LimitHeadersTests
{
    static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    static LimitSignal? Read(int status, AnswerHeaders headers) => LimitHeaders.Read(status, headers, Now);

    [Theory]
    [InlineData(null, LimitScope.Service), InlineData("something-new", LimitScope.Service), InlineData("jira-quota-tenant-based", LimitScope.Service), InlineData("confluence-quota-tenant-based", LimitScope.Service)]
    [InlineData("jira-burst-based", LimitScope.Endpoint), InlineData("jira-per-issue-on-write", LimitScope.Entity)]
    public void A_429_holds_what_its_reason_names_and_everything_when_it_names_nothing_known(string? reason, LimitScope scope)
    {
        var said = Read(429, new() { RateLimitReason = reason, RetryAfter = "7" })!;
        Assert.Equal((true, scope, TimeSpan.FromSeconds(7), reason), (said.Refused, said.Scope, said.Wait, said.Reason));
    }

    [Theory]
    [InlineData("0", 1), InlineData("-5", 1), InlineData("1", 1), InlineData("7200", 7200), InlineData("99999999999", 86_400), InlineData(" 3 ", 3)]
    [InlineData("Sun, 01 Mar 2026 12:00:20 GMT", 20), InlineData("Sun, 01 Mar 2026 11:00:00 GMT", 1), InlineData("nonsense", null), InlineData("", null), InlineData(null, null)]
    public void Retry_After_is_0_absent_a_date_hours_or_absurd(string? given, int? seconds) =>
        Assert.Equal(seconds is { } s ? TimeSpan.FromSeconds(s) : null, Read(429, new() { RetryAfter = given })!.Wait);

    [Fact]
    public void Dates_are_taken_relative_to_the_answer_s_own_and_not_to_our_clock()
    {
        // The service's clock is an hour ahead of ours.
        var date = "Sun, 01 Mar 2026 13:00:00 GMT";
        Assert.Equal(TimeSpan.FromSeconds(30), Read(429, new() { Date = date, RetryAfter = "Sun, 01 Mar 2026 13:00:30 GMT" })!.Wait);
        Assert.Equal(TimeSpan.FromSeconds(90), Read(429, new() { Date = date, RateLimitReset = "2026-03-01T13:01:30Z" })!.Wait);
    }

    [Fact]
    public void Without_Retry_After_the_reset_says_how_long_and_then_the_structured_header()
    {
        Assert.Equal(TimeSpan.FromMinutes(5), Read(429, new() { RateLimitReset = "2026-03-01T12:05Z" })!.Wait);
        Assert.Equal(TimeSpan.FromSeconds(40), Read(429, new() { RateLimit = "\"jira-burst-based\";r=0;t=40" })!.Wait);
        Assert.Equal(LimitScope.Endpoint, Read(429, new() { RateLimit = "\"jira-burst-based\";r=0;t=40" })!.Scope);
    }

    [Theory]
    [InlineData("100", "50", null, false), InlineData("100", "20", null, false), InlineData("100", "19", null, true), InlineData("100", "0", null, true), InlineData(null, "3", null, false), InlineData("100", "90", "true", true), InlineData("100", "90", "false", false)]
    public void A_success_is_heard_only_when_it_says_that_little_is_left(string? limit, string? remaining, string? near, bool heard)
    {
        var said = Read(200, new() { RateLimitLimit = limit, RateLimitRemaining = remaining, RateLimitNearLimit = near });
        Assert.Equal(heard, said is not null);
        Assert.False(said?.Refused ?? false);
    }

    [Fact]
    public void A_success_says_what_is_left_until_when()
    {
        var said = Read(200, new() { RateLimitLimit = "1000", RateLimitRemaining = "60", RateLimitReset = "2026-03-01T12:10:00Z", RateLimitReason = "jira-quota-tenant-based" })!;
        Assert.Equal((LimitScope.Service, 60, TimeSpan.FromMinutes(10)), (said.Scope, said.Remaining, said.ResetIn));
    }

    [Fact]
    public void Data_Center_tells_how_fast_its_bucket_fills()
    {
        var said = Read(200, new() { RateLimitLimit = "100", RateLimitRemaining = "5", RateLimitFillRate = "10", RateLimitInterval = "2" })!;
        Assert.Equal(5.0, said.FillPerSecond);
    }

    [Fact]
    public void Announcements_with_the_prefix_Beta_bind_nobody()
    {
        using var response = new HttpResponseMessage();
        response.Headers.TryAddWithoutValidation("Beta-RateLimit", "\"jira-quota-tenant-based\";r=0;t=3600");
        response.Headers.TryAddWithoutValidation("Beta-RateLimit-Policy", "\"jira-quota-tenant-based\";q=1;w=3600");
        Assert.Null(Read(200, AnswerHeaders.Of(response)));
    }

    [Property(MaxTest = 500)]
    public void Headers_of_any_kind_are_read_without_a_fault_and_no_wait_is_below_a_second_or_above_a_day(string? a, string? b, string? c, int d)
    {
        var said = Read(d % 2 == 0 ? 429 : 200, new() { RetryAfter = a, RateLimitReset = b, RateLimit = c, RateLimitLimit = a, RateLimitRemaining = $"{d}", RateLimitFillRate = b, RateLimitInterval = c, Date = b });
        if (said?.Wait is { } wait) Assert.InRange(wait, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
    }

    [Theory]
    [InlineData("/rest/api/3/issue", "POST /rest/api/3/issue", null)]
    [InlineData("/rest/api/3/issue/MD-12/transitions?x=1", "POST /rest/api/3/issue/*/transitions", "MD-12")]
    [InlineData("/rest/api/3/issue/md-12/comment", "POST /rest/api/3/issue/*/comment", "MD-12")]
    [InlineData("/rest/api/3/issue/10001", "POST /rest/api/3/issue/*", "10001")]
    [InlineData("/rest/api/3/search/jql", "POST /rest/api/3/search/jql", null)]
    [InlineData("/wiki/api/v2/pages/77/properties/5?limit=3", "POST /wiki/api/v2/pages/*/properties/*", "77")]
    public void An_endpoint_is_the_path_without_ids_and_the_first_id_is_what_the_call_is_about(string path, string endpoint, string? entity) =>
        Assert.Equal(new OutgoingCall("jira", endpoint, entity), CallScope.Of("jira", Call.Post(path, new System.Text.Json.Nodes.JsonObject())));
}
