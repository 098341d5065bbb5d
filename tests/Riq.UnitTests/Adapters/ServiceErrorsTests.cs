using System.Net.Http.Headers;
using System.Text;
using Riq.Adapters.Http;
using Riq.Contracts;
using Xunit;

namespace Riq.UnitTests.Adapters;

public class ServiceErrorsTests
{
    static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    static AdapterError Translate(int status, string body = "", bool write = true, AnswerHeaders? headers = null, Secrets? secrets = null) =>
        ServiceErrors.Translate(new("jira", write, secrets ?? Secrets.None), status, headers ?? new(), body, Now);

    [Theory]
    [InlineData(301, ErrorCodes.ServiceUnavailable, false)]
    [InlineData(400, ErrorCodes.ValidationError, false)]
    [InlineData(401, ErrorCodes.AuthFailed, false)]
    [InlineData(403, ErrorCodes.Forbidden, false)]
    [InlineData(404, ErrorCodes.NotFound, false)]
    [InlineData(405, ErrorCodes.ValidationError, false)]
    [InlineData(408, ErrorCodes.ServiceUnavailable, false)]
    [InlineData(409, ErrorCodes.Conflict, false)]
    [InlineData(410, ErrorCodes.NotFound, false)]
    [InlineData(413, ErrorCodes.ValidationError, false)]
    [InlineData(422, ErrorCodes.ValidationError, false)]
    [InlineData(425, ErrorCodes.ServiceUnavailable, false)]
    [InlineData(429, ErrorCodes.RateLimited, false)]
    [InlineData(500, ErrorCodes.ServiceUnavailable, true)]
    [InlineData(502, ErrorCodes.ServiceUnavailable, true)]
    [InlineData(503, ErrorCodes.ServiceUnavailable, true)]
    [InlineData(504, ErrorCodes.ServiceUnavailable, true)]
    [InlineData(599, ErrorCodes.ServiceUnavailable, true)]
    public void A_status_has_one_code_and_only_5xx_leaves_a_write_unclear(int status, string code, bool unclear)
    {
        var write = Translate(status);
        Assert.Equal((code, status, unclear), (write.Code, write.HttpStatus, write.Unclear));
        Assert.False(Translate(status, write: false).Unclear);
    }

    [Fact]
    public void Jiras_field_errors_become_details_and_are_told()
    {
        var error = Translate(400, """{"errorMessages":["Bad issue."],"errors":{"summary":"is required","customfield_1":"unknown"}}""");
        Assert.Equal("is required", error.Details!.Value.GetProperty("summary").GetString());
        Assert.Equal("jira refused the request (400): Bad issue. summary: is required customfield_1: unknown", error.Message);
    }

    [Fact]
    public void Confluences_errors_become_details_and_are_told()
    {
        var error = Translate(400, """{"errors":[{"status":400,"code":"INVALID_REQUEST_PARAMETER","title":"Bad title","detail":"too long"}]}""");
        Assert.Equal("INVALID_REQUEST_PARAMETER", error.Details!.Value.GetProperty("errors")[0].GetProperty("code").GetString());
        Assert.EndsWith(": Bad title: too long", error.Message);
    }

    [Theory]
    [InlineData("""{"statusCode":403,"message":"Old interface says no","data":{}}""", "Old interface says no")]
    [InlineData("""{"error":"invalid_grant","error_description":"Gone"}""", "Gone")]
    [InlineData("""{"code":401,"message":"Unauthorized; scope does not match"}""", "scope does not match")]
    public void Other_shapes_are_told(string body, string text) => Assert.Contains(text, Translate(403, body).Message);

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("<html><body>502</body></html>")]
    [InlineData("{\"errorMessages\":[\"cut o")]
    [InlineData("[1,2]")]
    [InlineData("{\"errors\":7,\"errorMessages\":{},\"message\":[]}")]
    [InlineData("{\"errors\":[1,null,\"x\"]}")]
    [InlineData("{\"errorMessages\":[\"\\ud800\"]}")]
    public void A_body_that_explains_nothing_leaves_the_status_to_speak(string body)
    {
        var error = Translate(502, body);
        Assert.StartsWith("jira failed (502); whether it carried out the write is not known", error.Message);
        Assert.Equal(ErrorCodes.ServiceUnavailable, error.Code);
    }

    [Fact]
    public void Long_texts_are_cut_and_control_characters_are_gone()
    {
        var error = Translate(400, $$"""{"errorMessages":["a\u0007b\nc {{new string('x', 5_000)}}"]}""");
        Assert.True(error.Message.Length < 700, $"{error.Message.Length}");
        Assert.DoesNotContain(error.Message, char.IsControl);
    }

    [Fact]
    public void A_secret_that_the_service_gives_back_is_not_told()
    {
        var basic = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("ann@x.test:s3cr3t-token")));
        var error = Translate(401, $$$"""{"errorMessages":["Token s3cr3t-token is bad"],"errors":{"auth":"{{{basic.Parameter}}}"}}""", secrets: Secrets.Of(basic));
        Assert.DoesNotContain("s3cr3t", error.Message);
        Assert.DoesNotContain(basic.Parameter!, error.Message + error.Details);
        Assert.Contains("***", error.Message);
    }

    [Fact]
    public void The_kind_of_a_rate_limit_is_in_the_details() =>
        Assert.Equal("jira-per-issue-on-write", Translate(429, headers: new() { RateLimitReason = "jira-per-issue-on-write" }).Details!.Value.GetProperty("rate_limit_reason").GetString());

    [Theory]
    [InlineData("0", 1)]
    [InlineData("-5", 1)]
    [InlineData("1", 1)]
    [InlineData("1.2", 2)]
    [InlineData("7200", 7_200)]
    [InlineData("99999999999999999999", 86_400)]
    [InlineData("1e300", null)]
    [InlineData("soon", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    [InlineData("Sun, 01 Mar 2026 12:00:30 GMT", 30)]
    [InlineData("Sun, 01 Mar 2026 11:00:00 GMT", 1)]
    [InlineData("Sun, 01 Mar 2099 12:00:00 GMT", 86_400)]
    public void Retry_after_is_seconds_or_a_date_and_always_sane(string? header, int? seconds)
    {
        var error = Translate(429, headers: new() { RetryAfter = header });
        Assert.Equal(seconds is { } s ? TimeSpan.FromSeconds(s) : null, error.RetryAfter);
    }

    [Fact]
    public void A_date_counts_from_the_answers_own_clock()
    {
        var headers = new AnswerHeaders { RetryAfter = "Thu, 01 Jan 2026 00:00:20 GMT", Date = "Thu, 01 Jan 2026 00:00:00 GMT" };
        Assert.Equal(TimeSpan.FromSeconds(20), Translate(503, headers: headers).RetryAfter);
    }

    [Fact]
    public void The_reset_of_the_limit_counts_only_for_a_429_without_retry_after()
    {
        var headers = new AnswerHeaders { RateLimitReset = "2026-03-01T12:01:30Z" };
        Assert.Equal(TimeSpan.FromSeconds(90), Translate(429, headers: headers).RetryAfter);
        Assert.Null(Translate(400, headers: headers).RetryAfter);
        Assert.Equal(TimeSpan.FromSeconds(3), Translate(429, headers: headers with { RetryAfter = "3" }).RetryAfter);
    }

    [Fact]
    public void An_answer_that_is_too_large_asks_for_a_smaller_limit()
    {
        var read = ServiceErrors.TooLarge("jira", write: false, 200, 4 * 1024 * 1024);
        Assert.Equal(ErrorCodes.ValidationError, read.Code);
        Assert.Contains("4 MiB: ask for less at once with a smaller limit", read.Message);
        Assert.True(ServiceErrors.TooLarge("jira", write: true, 200, 4 * 1024 * 1024).Unclear);
    }
}
