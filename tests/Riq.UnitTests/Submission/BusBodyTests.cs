using System.Text;
using System.Text.Json;
using FsCheck.Xunit;
using Riq.Contracts;
using Riq.Engine.Submission;

namespace Riq.UnitTests.Submission;

/// <summary>What of a message is the submission, whatever wrote it.</summary>
public class BusBodyTests
{
    [Theory]
    [InlineData("""{"operation":"a.b","payload":{"titleText":1},"maxRetries":2,"idempotencyKey":"k","dependsOn":["x"]}""")]
    [InlineData("""{"operation":"a.b","payload":{"titleText":1},"max_retries":2,"idempotency_key":"k","depends_on":["x"]}""")]
    [InlineData("""{"Operation":"a.b","Payload":{"titleText":1},"MaxRetries":2,"IdempotencyKey":"k","DependsOn":["x"]}""")]
    [InlineData("""{"messageId":"1","messageType":["urn:message:Riq.Contracts:SubmitRequest"],"headers":{},"message":{"operation":"a.b","payload":{"titleText":1},"maxRetries":2,"idempotencyKey":"k","dependsOn":["x"]}}""")]
    public void The_names_are_those_of_REST_and_the_payload_is_left_alone(string body)
    {
        var read = Good(body);
        Assert.Equal("""{"operation":"a.b","payload":{"titleText":1},"max_retries":2,"idempotency_key":"k","depends_on":["x"]}""", read.GetRawText());
    }

    [Fact]
    public void Numbers_keep_every_digit() => Assert.Contains("12345678901234567890.10", Good("""{"maxRetries":12345678901234567890.10}""").GetRawText(), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"max_retries":1,"maxRetries":1}""", "max_retries")]
    [InlineData("""{"payload":{"a":1,"a":2}}""", "body")]
    [InlineData("""{"operation":""", "body")]
    [InlineData("", "body")]
    public void What_is_ambiguous_or_no_JSON_is_named(string body, string field)
    {
        var problems = new ProblemList();
        BusBody.Read(Encoding.UTF8.GetBytes(body), problems);
        Assert.Equal([field], problems.ByField.Keys);
    }

    [Theory]
    [InlineData("[1]"), InlineData("\"text\""), InlineData("null"), InlineData("7")]
    public void What_is_no_object_is_left_to_the_reader(string body) => Assert.Equal(body, Good(body).GetRawText());

    [Property]
    public void Whatever_the_bytes_reading_them_never_throws(byte[] body) => BusBody.Read(body, new());

    [Property]
    public void What_a_MassTransit_client_writes_is_read_as_it_was_meant(string? key, bool? fireAndForget, int? retries)
    {
        var command = SubmitRequest.For("a.b", new { ProjectId = "MD" }) with { IdempotencyKey = key, FireAndForget = fireAndForget, MaxRetries = retries };
        var read = Good(JsonSerializer.Serialize(command, JsonSerializerOptions.Web));
        Assert.Equal("MD", read.GetProperty("payload").GetProperty("project_id").GetString());
        Assert.Equal(retries, read.GetProperty("max_retries") is { ValueKind: JsonValueKind.Number } n ? n.GetInt32() : null);
        Assert.Equal(fireAndForget, read.GetProperty("fire_and_forget") is { ValueKind: not JsonValueKind.Null } f ? f.GetBoolean() : null);
    }

    static JsonElement Good(string body)
    {
        var problems = new ProblemList();
        var read = BusBody.Read(Encoding.UTF8.GetBytes(body), problems);
        Assert.Equal("", problems.ToString());
        return read;
    }
}
