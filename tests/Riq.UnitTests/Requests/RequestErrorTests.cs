using System.Text;
using System.Text.Json;
using FsCheck.Xunit;
using Riq.Contracts;
using Riq.Engine.Requests;
using Riq.Engine.Submission;

namespace Riq.UnitTests.Requests;

/// <summary>Whatever a service says, the stored error is JSON that Postgres takes.</summary>
public class RequestErrorTests
{
    [Fact]
    public void The_stored_error_has_the_documented_fields()
    {
        var details = JsonSerializer.Deserialize<JsonElement>("""{"summary":"is required"}""");
        var json = RequestError.From(new(ErrorCodes.ValidationError, "Bad.") { HttpStatus = 400, RetryAfter = TimeSpan.FromSeconds(1.5), Details = details }, exhausted: true).ToJson();
        Assert.Equal("""{"code":"VALIDATION_ERROR","message":"Bad.","retry_after":1.5,"retries_exhausted":true,"http_status":400,"details":{"summary":"is required"}}""", json);
    }

    [Fact]
    public void What_is_not_known_is_absent() =>
        Assert.Equal("""{"code":"TIMEOUT","message":"m","retries_exhausted":false}""", RequestError.From(new(ErrorCodes.Timeout, "m")).ToJson());

    [Fact]
    public void A_message_of_a_whole_page_is_cut()
    {
        Assert.Equal(new string('x', RequestError.MaxMessageLength), RequestError.From(new(ErrorCodes.Internal, new('x', RequestError.MaxMessageLength))).Message);
        Assert.Equal(new string('x', RequestError.MaxMessageLength) + "…", RequestError.From(new(ErrorCodes.Internal, new('x', 100_000))).Message);
    }

    [Property(MaxTest = 500)]
    public void Any_message_can_be_stored(string? text, byte at)
    {
        var message = (text ?? "") + new string('x', RequestError.MaxMessageLength - 1 - at % 4) + "😀\0\ud800";
        AssertStorable(RequestError.From(new(ErrorCodes.Internal, message)).ToJson());
    }

    [Theory]
    [InlineData("""{"field":"a\u0000b"}"""), InlineData("""{"a\u0000b":"text"}""")]
    [InlineData("""{"field":"\ud800"}"""), InlineData("""{"\udc00":1}""")]
    public void Details_of_a_service_with_text_that_Postgres_refuses_are_made_storable(string details)
    {
        var error = new AdapterError(ErrorCodes.ValidationError, "m") { Details = JsonSerializer.Deserialize<JsonElement>(details) };
        AssertStorable(RequestError.From(error).ToJson());
    }

    // jsonb takes neither NUL nor half a surrogate pair, written out or escaped.
    static void AssertStorable(string json)
    {
        Assert.Equal(json, new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Encoding.UTF8.GetBytes(json)));
        using var document = JsonDocument.Parse(json);
        var problems = new ProblemList();
        JsonSafety.Check(document.RootElement, "error", problems);
        Assert.Equal("", problems.ToString());
    }
}
