using FsCheck.Xunit;
using Riq.Contracts;
using Riq.Engine.Requests;
using Riq.Engine.Submission;

namespace Riq.UnitTests.Submission;

public class SubmissionReaderTests
{
    [Fact]
    public void The_least_that_can_be_submitted_gets_the_defaults()
    {
        var request = Known.Good("""{"operation":"notes.create_note","payload":{"title":"Hello"}}""");
        Assert.Same(Known.Create, request.Operation);
        Assert.Equal(("anna", """{"title":"Hello"}""", Priorities.Normal, 3), (request.ClientId, request.Payload, request.Priority, request.MaxRetries));
        Assert.Equal((null, null, false, "00-trace", null), (request.IdempotencyKey, request.ExpiresIn, request.FireAndForget, request.Traceparent, request.Ref));
        Assert.Equal(RequestToken.Of(request.Id), request.Token);
    }

    [Fact]
    public void Everything_that_can_be_said_is_taken_over()
    {
        var request = Known.Good("""
            {"operation":"notes.create_note","payload":{"title":"Hello"},"priority":"high","idempotency_key":"k-1","fresh":true,"fire_and_forget":true,
             "max_retries":20,"expires_in":3600,"stale_if_error":60}
            """);
        Assert.Equal((Priorities.High, "k-1", true, 20, TimeSpan.FromHours(1)), (request.Priority, request.IdempotencyKey, request.FireAndForget, request.MaxRetries, request.ExpiresIn));
    }

    [Fact]
    public void Null_means_the_same_as_absent()
    {
        var request = Known.Good("""
            {"operation":"notes.create_note","payload":{"title":"Hello","text":null},"priority":null,"idempotency_key":null,"fresh":null,"fire_and_forget":null,
             "max_retries":null,"expires_in":null,"stale_if_error":null,"depends_on":null,"after_consistency_token":null,"callback_url":null}
            """);
        Assert.Equal((Priorities.Normal, null, 3, null), (request.Priority, request.IdempotencyKey, request.MaxRetries, request.ExpiresIn));
        Assert.Equal(["operation", "payload"], Known.Faults("""{"operation":null,"payload":null}"""));
    }

    [Fact]
    public void An_alias_is_stored_under_the_operation_s_own_name()
    {
        var request = Known.Good("""{"operation":"notes.add_note","payload":{"title":"Hello"}}""");
        Assert.Equal("notes.create_note", request.Operation.Name);
        Assert.Equal(Known.Good("""{"operation":"notes.create_note","payload":{"title":"Hello"}}""").PayloadHash, request.PayloadHash);
    }

    [Fact]
    public void Only_writes_have_a_consistency_token()
    {
        var write = Known.Good("""{"operation":"notes.create_note","payload":{"title":"Hello"}}""");
        Assert.Equal("ct_" + write.Id.ToString("N"), write.ConsistencyToken);
        Assert.Null(Known.Good("""{"operation":"notes.get_note","payload":{"id":"1"}}""").ConsistencyToken);
    }

    [Fact]
    public void Every_faulty_field_is_named_at_once()
    {
        var faults = Known.Faults("""
            {"operation":"notes.create_note","payload":{"title":"","kind":"cat","labels":["a b","much too long","x"],"points":101,"extra":[],"nonsense":1},
             "priority":"urgent","idempotency_key":"","fresh":1,"fire_and_forget":"yes","max_retries":21,"expires_in":0,"depends_on":7,"typo":true}
            """);
        Assert.Equal(["depends_on", "expires_in", "fire_and_forget", "fresh", "idempotency_key", "max_retries", "payload.extra", "payload.kind", "payload.labels", "payload.labels[0]",
            "payload.labels[1]", "payload.nonsense", "payload.points", "payload.title", "priority", "typo"], faults);
    }

    [Fact]
    public void A_body_without_anything_names_what_is_required() => Assert.Equal(["operation", "payload"], Known.Faults("{}"));

    [Fact]
    public void An_unknown_operation_gets_the_list_of_the_known_ones()
    {
        var (_, problems) = Known.Read("""{"operation":"notes.burn_note","payload":{"title":"x"}}""");
        Assert.Equal("'notes.burn_note' is unknown. Known operations: notes.create_note, notes.get_note.", Assert.Single(problems.ByField["operation"]));
    }

    [Theory]
    [InlineData("[]"), InlineData("1"), InlineData("null"), InlineData("\"text\""), InlineData("true")]
    public void A_body_must_be_an_object(string body) => Assert.Equal(["body"], Known.Faults(body));

    [Theory]
    [InlineData("operation", "1"), InlineData("operation", "{}"), InlineData("payload", "[]"), InlineData("payload", "\"x\""), InlineData("priority", "1"), InlineData("priority", "\"High\"")]
    [InlineData("max_retries", "-1"), InlineData("max_retries", "21"), InlineData("max_retries", "1.5"), InlineData("max_retries", "\"3\""), InlineData("max_retries", "99999999999999")]
    [InlineData("stale_if_error", "0"), InlineData("stale_if_error", "604801"), InlineData("stale_if_error", "true")]
    [InlineData("expires_in", "0"), InlineData("expires_in", "2592001"), InlineData("expires_in", "1e400")]
    [InlineData("idempotency_key", "7"), InlineData("idempotency_key", "\"\""), InlineData("fire_and_forget", "\"true\""), InlineData("fresh", "0"), InlineData("ref", "\"a\"")]
    [InlineData("depends_on", "\"req_\""), InlineData("after_consistency_token", "\"ct_\""), InlineData("callback_url", "\"https://example.com\"")]
    public void A_field_of_the_wrong_kind_is_refused_by_its_name(string field, string value)
    {
        var fields = new Dictionary<string, string> { ["operation"] = "\"notes.create_note\"", ["payload"] = """{"title":"Hello"}""" };
        fields[field] = value;
        Assert.Equal([field], Known.Faults("{" + string.Join(',', fields.Select(f => $"\"{f.Key}\":{f.Value}")) + "}"));
    }

    [Fact]
    public void Only_a_read_may_be_answered_with_something_old()
    {
        Assert.Equal(60, Known.Good("""{"operation":"notes.get_note","payload":{"id":"1"},"stale_if_error":60}""").StaleIfError);
        Assert.Null(Known.Good("""{"operation":"notes.create_note","payload":{"title":"Hello"},"stale_if_error":60}""").StaleIfError);
    }

    [Theory]
    [InlineData(0), InlineData(20)]
    public void The_bounds_of_max_retries_are_0_and_20(int most) =>
        Assert.Equal(most, Known.Good($$"""{"operation":"notes.create_note","payload":{"title":"Hello"},"max_retries":{{most}}}""").MaxRetries);

    [Fact]
    public void A_key_may_have_255_characters_and_no_more()
    {
        Assert.Equal(255, Known.Good(WithKey(new('k', 255))).IdempotencyKey!.Length);
        Assert.Equal(["idempotency_key"], Known.Faults(WithKey(new('k', 256))));
    }

    [Fact]
    public void The_key_of_the_header_counts_like_that_of_the_field()
    {
        Assert.Equal("k", Known.Good(WithKey("k")).IdempotencyKey);
        Assert.Equal("k", Known.Good(WithKey(null), key: "k").IdempotencyKey);
        Assert.Equal("k", Known.Good(WithKey("k"), key: "k").IdempotencyKey);
        Assert.Equal(["idempotency_key"], Known.Faults(WithKey("k"), key: "K"));
    }

    static string WithKey(string? key) => $$"""{"operation":"notes.create_note","payload":{"title":"Hello"},"idempotency_key":{{(key is null ? "null" : $"\"{key}\"")}}}""";

    [Fact]
    public void The_payload_is_kept_as_it_was_sent()
    {
        const string payload = """{ "title" : "Hé\u006clo", "points":1e1 , "extra": {"b":1.50,"a":[ ]} }""";
        Assert.Equal(["payload.points"], Known.Faults($$"""{"operation":"notes.create_note","payload":{{payload}}}"""));
        var text = payload.Replace("1e1", "10", StringComparison.Ordinal);
        Assert.Equal(text, Known.Good($$"""{"operation":"notes.create_note","payload":{{text}}}""").Payload);
    }

    [Fact]
    public void The_same_content_has_the_same_hash_and_other_content_has_not()
    {
        var hash = Hash("notes.create_note", """{"title":"a","points":10}""");
        Assert.Equal(hash, Hash("notes.create_note", """{ "points" : 10, "title" : "\u0061" }"""));
        Assert.NotEqual(hash, Hash("notes.create_note", """{"title":"a","points":11}"""));
        Assert.NotEqual(hash, Hash("notes.create_note", """{"title":"a","points":10,"text":null}"""));
        Assert.NotEqual(Hash("notes.create_note", """{"title":"a"}"""), Hash("notes.get_note", """{"title":"a"}"""));

        static byte[] Hash(string operation, string payload) => Known.Good($$"""{"operation":"{{operation}}","payload":{{payload}},"priority":"low"}""").PayloadHash;
    }

    [Theory]
    [InlineData("""{"operation":"notes.create_note","payload":{"title":"a\u0000b"}}""", "payload.title")]
    [InlineData("""{"operation":"notes.create_note","payload":{"title":"a","extra":{"x":[1,{"y":"\u0000"}]}}}""", "payload.extra.x[1].y")]
    [InlineData("""{"operation":"notes.create_note","payload":{"title":"a","extra":{"n\u0000":1}}}""", "payload.extra")]
    [InlineData("""{"operation":"notes.create_note","payload":{"title":"\ud83d"}}""", "payload.title")]
    [InlineData("""{"operation":"notes.create_note","payload":{"title":"\ude00\ud83d"}}""", "payload.title")]
    [InlineData("""{"operation":"notes.create_note","payload":{"title":"a","extra":{"\ud83d":1}}}""", "payload.extra")]
    [InlineData("""{"operation":"notes.create_note","payload":{"title":"a","extra":{"n":1e999}}}""", "payload.extra.n")]
    [InlineData("""{"operation":"notes.create_note","payload":{"title":"a","extra":{"n":-1e999}}}""", "payload.extra.n")]
    [InlineData("""{"operation":"notes.create_note","payload":{"title":"a"},"idempotency_key":"\u0000"}""", "idempotency_key")]
    [InlineData("""{"\u0000":1}""", "body"), InlineData("""{"\udc00":1}""", "body"), InlineData("\"\\u0000\"", "body")]
    public void What_can_not_be_stored_is_refused_by_its_path(string body, string path) => Assert.Equal([path], Known.Faults(body));

    [Theory]
    [InlineData("😀"), InlineData("\\ud83d\\ude00"), InlineData("\u007f\u2028\ufffd"), InlineData("﻿é"), InlineData("\\u0001\\b")]
    public void Any_other_text_is_taken(string title) => Known.Good(WithPayload($"{{\"title\":\"{title}\"}}"));

    [Theory]
    [InlineData("1.7976931348623157e308"), InlineData("-5e-324"), InlineData("123456789012345678901234567890")]
    public void Any_number_within_a_double_is_taken(string number) => Known.Good(WithPayload($"{{\"title\":\"a\",\"extra\":{{\"n\":{number}}}}}"));

    static string WithPayload(string payload) => $"{{\"operation\":\"notes.create_note\",\"payload\":{payload}}}";

    [Fact]
    public void Bytes_that_are_no_UTF_8_are_refused()
    {
        byte[] body = [.. """{"operation":"notes.create_note","payload":{"title":"a"""u8, 0xC3, 0x28, .. "\"}}"u8];
        var problems = new ProblemList();
        using var json = System.Text.Json.JsonDocument.Parse(body);
        Assert.Null(Known.Reader.Read(json.RootElement, new("anna"), problems));
        Assert.Equal(["payload.title"], problems.ByField.Keys);
    }

    [Property(MaxTest = 500)]
    public void Any_body_is_either_a_request_or_has_named_faults_but_never_an_accident(byte[] garbage, string? text, int number)
    {
        object?[] values = [text?.Replace("\0", "", StringComparison.Ordinal), number, null, garbage.Length % 2 == 0, new[] { text }, new { title = text }, "notes.create_note", new { title = "ok" }, "high"];
        string[] names = ["operation", "payload", "priority", "idempotency_key", "fresh", "stale_if_error", "fire_and_forget", "max_retries", "expires_in", "depends_on", "other"];
        var body = new Dictionary<string, object?>();
        for (var i = 0; i + 1 < garbage.Length; i += 2) body[names[garbage[i] % names.Length]] = values[garbage[i + 1] % values.Length];
        var problems = new ProblemList();
        var request = Known.Reader.Read(System.Text.Json.JsonSerializer.SerializeToElement(body), new("anna"), problems);
        Assert.Equal(request is null, !problems.IsEmpty);
        Assert.All(problems.ByField, p => Assert.NotEmpty(p.Value));
    }
}
