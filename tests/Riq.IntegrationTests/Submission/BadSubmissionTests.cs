using System.Net;
using System.Text;
using System.Text.Json;
using Riq.IntegrationTests.Api;

namespace Riq.IntegrationTests.Submission;

/// <summary>Whatever a client sends, it is told what is wrong, and nothing is stored.</summary>
public sealed class BadSubmissionTests(IdleCluster cluster) : IClassFixture<IdleCluster>, IAsyncLifetime
{
    long _before;

    public async Task InitializeAsync() => _before = await cluster.Rows();

    public async Task DisposeAsync() => Assert.Equal(_before, await cluster.Rows());

    Task<Refusal> Refused(string body, HttpStatusCode status = HttpStatusCode.BadRequest) => Refusal.Of(cluster.Api.SubmitText(body), status);

    [Fact]
    public async Task An_unknown_operation_is_answered_with_the_known_ones()
    {
        var refusal = await Refused("""{"operation":"fake.fly","payload":{}}""");
        var error = Assert.Single(refusal.Errors("operation"));
        Assert.Contains("fake.fly", error, StringComparison.Ordinal);
        foreach (var known in cluster.Riq.Service.Operations) Assert.Contains(known.Name, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_fault_is_named_at_once()
    {
        var refusal = await Refused("""
            {"operation":"fake.write","payload":{"number":"many","extra":1,"data":[]},"priority":"urgent","max_retries":21,"expires_in":0,
             "fire_and_forget":"yes","fresh":1,"idempotency_key":"","unknown_field":true}
            """);
        Assert.Equal(["expires_in", "fire_and_forget", "fresh", "idempotency_key", "max_retries", "payload.data", "payload.extra", "payload.number", "payload.text", "priority", "unknown_field"], refusal.Fields);
        Assert.Contains("is required", Assert.Single(refusal.Errors("payload.text")), StringComparison.Ordinal);
        Assert.Contains("high, normal, low", Assert.Single(refusal.Errors("priority")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "operation", "payload")]
    [InlineData("""{"operation":null,"payload":null}""", "operation", "payload")]
    [InlineData("""{"operation":7,"payload":"text"}""", "operation", "payload")]
    [InlineData("""{"operation":"fake.write","payload":[]}""", "payload")]
    [InlineData("""{"operation":"fake.write","payload":{}}""", "payload.text")]
    [InlineData("""{"operation":"fake.write","payload":{"text":null}}""", "payload.text")]
    [InlineData("""{"operation":"fake.write","payload":{"text":5}}""", "payload.text")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"two\nlines"}}""", "payload.text")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"a","number":1.5}}""", "payload.number")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"a","number":1e30}}""", "payload.number")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"a"},"priority":null,"max_retries":-1}""", "max_retries")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"a"},"max_retries":1.5}""", "max_retries")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"a"},"expires_in":99999999999}""", "expires_in")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"a"},"ref":"only in a batch"}""", "ref")]
    [InlineData("""{"Operation":"fake.write","payload":{"text":"a"}}""", "Operation", "operation")]
    public async Task A_wrong_field_is_named(string body, params string[] fields)
    {
        var refusal = await Refused(body);
        Assert.Equal(fields, refusal.Fields);
        Assert.Equal("The request is not valid", refusal.Title);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("12")]
    [InlineData("null")]
    [InlineData("true")]
    public async Task Only_an_object_is_a_submission(string body) => Assert.Equal(["body"], (await Refused(body)).Fields);

    [Theory]
    [InlineData("", "empty")]
    [InlineData("   \n ", "line 2")]
    [InlineData("operation=fake.write", "line 1")]
    [InlineData("{\"operation\":\"fake.write\",", "line 1")]
    [InlineData("{\"operation\":\"fake.write\",}", "line 1")]
    [InlineData("{'operation':'fake.write'}", "line 1")]
    [InlineData("// comment\n{}", "line 1")]
    [InlineData("{} {}", "line 1")]
    [InlineData("{\"operation\":NaN}", "line 1")]
    [InlineData("{\"a\":\"\u0001\"}", "line 1")]
    public async Task What_is_not_JSON_is_refused_with_the_place_of_the_fault(string body, string place)
    {
        var refusal = await Refused(body);
        Assert.Equal("The body is not valid JSON", refusal.Title);
        Assert.Contains(place, refusal.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"operation":"fake.write","operation":"fake.read","payload":{"text":"a"}}""")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"a","text":"b"}}""")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"a","t\u0065xt":"b"}}""")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"a","data":{"x":[{"y":1,"y":2}]}}}""")]
    public async Task A_field_given_twice_is_refused(string body) => Assert.Contains("twice", (await Refused(body)).Detail, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"operation":"fake.write","payload":{"text":"nul \u0000 inside"}}""", "payload.text")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"lone \ud800 surrogate"}}""", "payload.text")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"turned \udc00\ud800 pair"}}""", "payload.text")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"a","data":{"deep":["\u0000"]}}}""", "payload.data.deep[0]")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"a","data":{"\u0000":1}}}""", "payload.data")]
    [InlineData("""{"operation":"fake.write\u0000","payload":{"text":"a"}}""", "operation")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"a"},"idempotency_key":"\u0000"}""", "idempotency_key")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"a"},"\u0000":1}""", "body")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"a","data":{"n":1e400}}}""", "payload.data.n")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"a","data":{"n":-1e400}}}""", "payload.data.n")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"a","data":{"n":0e999999999999}}}""", "payload.data.n")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"a","data":{"n":1e-999999999999}}}""", "payload.data.n")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"a","data":{"n":1e-20000}}}""", "payload.data.n")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"a"},"max_retries":1e400}""", "max_retries")]
    public async Task What_can_not_be_stored_is_refused(string body, string field) => Assert.Equal([field], (await Refused(body)).Fields);

    [Theory]
    [InlineData("""{"operation":"fake.write","payload":{"text":"a"},"\ud800":1}""")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"a","data":{"\ud800":1}}}""")]
    [InlineData("""{"operation":"fake.write","payload":{"text":"a","data":{"x":[{"a\udfff":{"\ud800":1}}]}}}""")]
    [InlineData("""{"\ud800":1}""")]
    public async Task A_name_that_is_no_text_is_refused(string body) => Assert.Contains("name", (await Refused(body)).Detail, StringComparison.Ordinal);

    [Fact]
    public async Task A_number_of_very_many_digits_is_refused()
    {
        var digits = new string('3', 400);
        var decimals = "0." + new string('3', 20_000);
        var body = "{\"operation\":\"fake.write\",\"payload\":{\"text\":\"a\",\"data\":{\"whole\":" + digits + ",\"fraction\":" + decimals + "}}}";
        Assert.Equal(["payload.data.fraction", "payload.data.whole"], (await Refused(body)).Fields);
    }

    [Theory]
    [InlineData(65)]
    [InlineData(10_000)]
    public async Task A_deeply_nested_body_is_refused(int depth)
    {
        var body = "{\"operation\":\"fake.write\",\"payload\":{\"text\":\"a\",\"data\":" + new string('[', depth) + new string(']', depth) + "}}";
        Assert.Contains("deeper than 64", (await Refused(body)).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invalid_UTF_8_is_refused()
    {
        foreach (var wrong in new byte[][] { [0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], Encoding.Latin1.GetBytes("Grüße") })
        {
            byte[] body = [.. """{"operation":"fake.write","payload":{"text":" """u8, .. wrong, .. "\"}}"u8];
            Assert.Equal(["payload.text"], (await Refusal.Of(cluster.Api.PostBytes(Calls.SubmitPath, body), HttpStatusCode.BadRequest)).Fields);
            byte[] named = [.. """{"operation":"fake.write","payload":{"text":"a","data":{" """u8, .. wrong, .. "\":1}}}"u8];
            await Refusal.Of(cluster.Api.PostBytes(Calls.SubmitPath, named), HttpStatusCode.BadRequest);
        }
    }

    [Fact]
    public async Task A_name_is_shown_short_and_without_control_characters()
    {
        var name = new string('n', 300);
        var refusal = await Refused(JsonSerializer.Serialize(new Dictionary<string, object> { ["operation"] = "\u001b[31m\n" + name, [name] = 1, ["payload"] = new { text = "a" } }));
        Assert.Contains(refusal.Fields, f => f.Length < 70 && f.StartsWith("nnn", StringComparison.Ordinal));
        Assert.DoesNotContain('\u001b', Assert.Single(refusal.Errors("operation")));
    }

    [Fact]
    public async Task A_thousand_faults_do_not_make_a_thousand_lines()
    {
        var fields = Enumerable.Range(0, 1000).ToDictionary(i => $"wrong_{i}", i => i);
        Assert.Equal(50, (await Refused(JsonSerializer.Serialize(fields))).Fields.Length);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("61")]
    [InlineData("1.5")]
    [InlineData("soon")]
    [InlineData("")]
    [InlineData("99999999999999999999")]
    [InlineData("%00")]
    [InlineData("1&wait=2")]
    [InlineData("0x10")]
    [InlineData("%D9%A1")]
    public async Task A_wait_that_is_no_number_of_seconds_is_refused(string wait)
    {
        Assert.Equal(["wait"], (await Refusal.Of(cluster.Api.PostText($"{Calls.SubmitPath}?wait={wait}", """{"operation":"fake.write","payload":{"text":"a"}}"""), HttpStatusCode.BadRequest)).Fields);
        Assert.Equal(["wait"], (await Refusal.Of(cluster.Api.Get($"/api/queue/result/req_{Guid.NewGuid():N}?wait={wait}"), HttpStatusCode.BadRequest)).Fields);
    }

    [Theory]
    [InlineData("wait=61")]
    [InlineData("wait=-1")]
    [InlineData("wait=1.5")]
    [InlineData("wait=soon")]
    [InlineData("respond-async, wait=99999999999")]
    public async Task A_preference_to_wait_that_is_no_number_of_seconds_is_refused(string prefer) =>
        Assert.Equal(["Prefer"], (await Refusal.Of(cluster.Api.SubmitWith(("Prefer", prefer)), HttpStatusCode.BadRequest)).Fields);

    [Fact]
    public async Task A_bad_idempotency_key_is_refused()
    {
        foreach (var key in new[] { "", "\"\"", new string('k', 256), $"\"{new string('k', 256)}\"" })
            Assert.Equal(["Idempotency-Key"], (await Refusal.Of(cluster.Api.SubmitWith(("Idempotency-Key", key)), HttpStatusCode.BadRequest)).Fields);
        const string body = "{\"operation\":\"fake.write\",\"payload\":{\"text\":\"ab\"}}";
        var twice = await cluster.Api.Raw($"POST {Calls.SubmitPath} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nIdempotency-Key: a\r\nIdempotency-Key: b\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}");
        Assert.StartsWith("HTTP/1.1 400", twice, StringComparison.Ordinal);
        Assert.Contains("must be one value", twice, StringComparison.Ordinal);
        Assert.Equal(["idempotency_key"], (await Refused($$"""{"operation":"fake.write","payload":{"text":"a"},"idempotency_key":"{{new string('k', 256)}}"}""")).Fields);
    }

    [Fact]
    public async Task Two_different_idempotency_keys_are_refused()
    {
        var refusal = await Refusal.Of(cluster.Api.SubmitText("""{"operation":"fake.write","payload":{"text":"a"},"idempotency_key":"one"}""", ("Idempotency-Key", "\"two\"")), HttpStatusCode.BadRequest);
        Assert.Equal(["idempotency_key"], refusal.Fields);
    }
}
