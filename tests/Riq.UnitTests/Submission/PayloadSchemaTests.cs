using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck.Xunit;
using Riq.Contracts;

namespace Riq.UnitTests.Submission;

public class PayloadSchemaTests
{
    static ProblemList Problems(PayloadSchema schema, string payload)
    {
        var problems = new ProblemList();
        schema.Validate(Known.Json(payload), problems);
        return problems;
    }

    static string[] Of(PayloadField field, string value)
    {
        var problems = new ProblemList();
        field.Validate(Known.Json(value), problems);
        return [.. problems.ByField.SelectMany(f => f.Value.Select(p => $"{f.Key} {p}"))];
    }

    [Fact]
    public void A_required_field_must_be_there_and_not_null()
    {
        var schema = new PayloadSchema(new PayloadField("a", PayloadType.Line, "A") { Required = true });
        Assert.Equal("payload.a is required.", Problems(schema, "{}").ToString());
        Assert.Equal("payload.a is required.", Problems(schema, """{"a":null}""").ToString());
        Assert.True(Problems(schema, """{"a":""}""").IsEmpty);
    }

    [Fact]
    public void One_of_several_fields_must_be_there()
    {
        Assert.Equal("payload must have at least one of: id, title.", Problems(Known.Get.Payload, """{"id":null}""").ToString());
        Assert.True(Problems(Known.Get.Payload, """{"title":"x"}""").IsEmpty);
    }

    [Fact]
    public void An_unknown_field_gets_the_list_of_the_known_ones() =>
        Assert.Equal("payload.ID is not a field of this operation. Its fields are: id, title.", Problems(Known.Get.Payload, """{"id":"1","ID":"1"}""").ToString());

    [Theory]
    [InlineData("[]"), InlineData("null"), InlineData("1"), InlineData("\"{}\"")]
    public void A_payload_must_be_an_object(string payload) => Assert.Equal("payload must be a JSON object.", Problems(Known.Get.Payload, payload).ToString());

    [Fact]
    public void All_faults_are_named_together() =>
        Assert.Equal(["payload.extra", "payload.kind", "payload.labels", "payload.other", "payload.points", "payload.text", "payload.title"],
            Problems(Known.Create.Payload, """{"text":1,"kind":"cat","labels":{},"points":"1","extra":"x","other":1}""").ByField.Keys.Order());

    [Theory]
    [InlineData(PayloadType.Line, "\"one\\ntwo\"", "payload.f must be a single line."), InlineData(PayloadType.Line, "\"one\\rtwo\"", "payload.f must be a single line.")]
    [InlineData(PayloadType.Text, "\"one\\ntwo\"", null), InlineData(PayloadType.Text, "1", "payload.f must be a string."), InlineData(PayloadType.Line, "[]", "payload.f must be a string.")]
    [InlineData(PayloadType.Integer, "1.5", "payload.f must be a whole number."), InlineData(PayloadType.Integer, "\"1\"", "payload.f must be a whole number.")]
    [InlineData(PayloadType.Integer, "9223372036854775808", "payload.f must be a whole number."), InlineData(PayloadType.Integer, "-9223372036854775808", null)]
    [InlineData(PayloadType.Lines, "\"a\"", "payload.f must be a list of strings."), InlineData(PayloadType.Lines, "[\"a\",null]", "payload.f[1] must be a string.")]
    [InlineData(PayloadType.Lines, "[\"a\\nb\"]", "payload.f[0] must be a single line."), InlineData(PayloadType.Lines, "[]", null)]
    [InlineData(PayloadType.Object, "[]", "payload.f must be an object."), InlineData(PayloadType.Object, "{\"x\":[1]}", null)]
    public void A_value_must_be_of_the_field_s_type(PayloadType type, string value, string? problem) =>
        Assert.Equal(problem is null ? [] : [problem], Of(new("f", type, "F"), value));

    [Theory]
    [InlineData(PayloadType.Text), InlineData(PayloadType.Line), InlineData(PayloadType.Integer), InlineData(PayloadType.Lines), InlineData(PayloadType.Object)]
    public void Null_counts_as_absent_for_every_type(PayloadType type) => Assert.Empty(Of(new("f", type, "F") { NotEmpty = true, Minimum = 5 }, "null"));

    [Property]
    public void Text_may_be_as_long_as_the_field_says_and_no_longer(byte length, byte longest)
    {
        var faults = Of(new("f", PayloadType.Line, "F") { MaxLength = longest }, $"\"{new string('x', length)}\"");
        Assert.Equal(length > longest ? [$"payload.f must have at most {longest:N0} characters; it has {length:N0}."] : [], faults);
    }

    [Property]
    public void Whole_numbers_keep_their_bounds(long value, int bound, byte width)
    {
        var field = new PayloadField("f", PayloadType.Integer, "F") { Minimum = bound, Maximum = (long)bound + width };
        Assert.Equal(value < bound || value > (long)bound + width, Of(field, value.ToString(System.Globalization.CultureInfo.InvariantCulture)).Length > 0);
    }

    [Fact]
    public void The_further_rules_of_text_hold_for_the_items_of_lists_too()
    {
        var field = new PayloadField("f", PayloadType.Lines, "F") { MaxItems = 2, MaxLength = 3, NotEmpty = true, ForbiddenCharacters = " ,", Values = ["abc", "d"] };
        Assert.Empty(Of(field, """["ABC","d"]"""));
        Assert.Equal(["payload.f must have at most 2 items.", "payload.f[0] must not be empty.", "payload.f[0] must not contain any of these characters: ' ,'.", "payload.f[0] must be one of: abc, d.",
            "payload.f[1] must have at most 3 characters; it has 4.", "payload.f[1] must be one of: abc, d."], Of(field, """[" ","abcd","d"]"""));
    }

    [Fact]
    public void White_space_alone_is_empty() => Assert.Equal(["payload.f must not be empty."], Of(new("f", PayloadType.Text, "F") { NotEmpty = true }, "\" \\n\\t\""));

    [Fact]
    public void The_JSON_schema_states_the_same_rules()
    {
        var schema = JsonSerializer.Deserialize<JsonElement>(Known.Create.Payload.ToJsonSchema().ToJsonString());
        var expected = Known.Json("""
            {"type":"object","additionalProperties":false,"required":["title"],"properties":{
              "title":{"description":"One line.","type":"string","maxLength":20,"minLength":1},
              "text":{"description":"Several lines.","type":"string","maxLength":1000},
              "kind":{"description":"What kind.","type":"string","maxLength":1000,"enum":["task","bug"]},
              "labels":{"description":"Labels.","type":"array","maxItems":2,"items":{"type":"string","maxLength":5}},
              "points":{"description":"Points.","type":"integer","minimum":0,"maximum":100},
              "extra":{"description":"Anything.","type":"object"}}}
            """);
        Assert.True(JsonElement.DeepEquals(expected, schema), schema.ToString());
        Assert.Equal("""[{"required":["id"]},{"required":["title"]}]""", Known.Get.Payload.ToJsonSchema()["anyOf"]!.ToJsonString());
        Assert.Equal(["type"], new PayloadField("n", PayloadType.Integer, "N").ToJsonSchema().AsObject().Where(p => p.Key != "description").Select(p => p.Key));
    }

    [Fact]
    public void A_schema_can_be_made_twice()
    {
        var document = new JsonObject { ["one"] = Known.Create.Payload.ToJsonSchema(), ["two"] = Known.Create.Payload.ToJsonSchema() };
        Assert.True(JsonNode.DeepEquals(document["one"], document["two"]));
    }
}
