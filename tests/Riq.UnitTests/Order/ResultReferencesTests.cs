using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Riq.Contracts;
using Riq.Engine.Order;

namespace Riq.UnitTests.Order;

/// <summary>References to other requests' results in payloads: which there are, and what takes their place.</summary>
public class ResultReferencesTests
{
    const string Token = "req_0197f3d2c4d77a6b8e9f00112233aabb";

    static readonly JsonElement Result = Json("""
        {"id":"MD-7","external_id":"10007","story_points":3.5,"done":true,"nothing":null,"labels":["a","b"],
         "tasks":[{"id":"MD-8"},{"id":"MD-9","custom_fields":{"Story Points":5,"customfield_1":{"value":"x"}}}]}
        """);

    [Theory]
    [InlineData("$result.id", "\"MD-7\"")]
    [InlineData("$result.data.id", "\"MD-7\"")]
    [InlineData($"$result.{Token}.id", "\"MD-7\"")]
    [InlineData($"$result.{Token}.data.tasks[1].id", "\"MD-9\"")]
    [InlineData("$result.story_points", "3.5")]
    [InlineData("$result.done", "true")]
    [InlineData("$result.labels", """["a","b"]""")]
    [InlineData("$result.labels[1]", "\"b\"")]
    [InlineData("$result.labels.1", "\"b\"")]
    [InlineData("$result.tasks[1].custom_fields['Story Points']", "5")]
    [InlineData("$result.tasks[1].custom_fields.customfield_1", """{"value":"x"}""")]
    [InlineData("see $result.id!", "\"see MD-7!\"")]
    [InlineData("$result.id.", "\"MD-7.\"")]
    [InlineData("$result.id and $result.tasks[0].id", "\"MD-7 and MD-8\"")]
    [InlineData("points: $result.story_points, labels: $result.labels", "\"points: 3.5, labels: [\\\"a\\\",\\\"b\\\"]\"")]
    [InlineData("$$result.id is $result.id", "\"$result.id is MD-7\"")]
    [InlineData("it costs $result. Really", "\"it costs $result. Really\"")]
    [InlineData("$results.id", "\"$results.id\"")]
    public void A_reference_is_replaced_by_what_it_names(string text, string expected)
    {
        var problems = new ProblemList();
        var resolved = ResultReferences.Resolve(Payload(text), _ => Result, problems);
        Assert.True(problems.IsEmpty, problems.ToString());
        Assert.True(JsonElement.DeepEquals(Json(expected), Json(resolved!).GetProperty("deep")[0].GetProperty("value")), resolved);
    }

    [Theory]
    [InlineData("$result.missing"), InlineData("$result.labels[2]"), InlineData("$result.id.more"), InlineData("$result.nothing"), InlineData("x $result.tasks[0].nothing y")]
    public void What_the_result_does_not_have_is_named_with_its_place(string text)
    {
        var problems = new ProblemList();
        Assert.Null(ResultReferences.Resolve(Payload(text), _ => Result, problems));
        var fault = Assert.Single(problems.ByField);
        Assert.Equal("payload.deep[0].value", fault.Key);
        Assert.Contains("$result.", Assert.Single(fault.Value), StringComparison.Ordinal);
    }

    [Fact]
    public void A_result_referred_to_again_and_again_does_not_grow_beyond_what_a_client_may_send()
    {
        var large = JsonSerializer.SerializeToElement(new { id = new string('x', 100_000) });
        var payload = JsonSerializer.SerializeToElement(new { all = Enumerable.Repeat("$result.id", 20) });
        var problems = new ProblemList();
        Assert.Null(ResultReferences.Resolve(payload, _ => large, problems));
        Assert.Equal("payload", Assert.Single(problems.ByField).Key);
    }

    [Theory]
    [InlineData("$result.#first.id", "#first", ".id"), InlineData($"$result.{Token}", Token, ""), InlineData("a $result.x[0].y b", "", "x[0].y"), InlineData("$result.#a-b_1['c d']", "#a-b_1", "['c d']")]
    public void A_reference_says_whose_result_and_what_of_it(string text, string who, string path)
    {
        var reference = Assert.Single(ResultReferences.In(Payload(text)));
        Assert.Equal((who, path), (reference.Who, reference.Path));
    }

    [Fact]
    public void Names_are_exchanged_and_everything_else_stays()
    {
        var renamed = ResultReferences.Rename(Payload("a $result.#x.id $$result.#x.id $result.#y.id $result.z"), who => who == "#x" ? Token : who);
        Assert.Equal($"a $result.{Token}.id $$result.#x.id $result.#y.id $result.z", Json(renamed).GetProperty("deep")[0].GetProperty("value").GetString());
    }

    [Property(MaxTest = 500)]
    public void A_payload_without_references_stays_what_it_was(NonNull<string> text, int number, bool flag)
    {
        var plain = text.Get.Replace("$result.", "", StringComparison.Ordinal);
        var payload = JsonSerializer.SerializeToElement(new { a = plain, b = new object[] { number, flag, new { c = plain } } });
        var problems = new ProblemList();
        Assert.True(JsonElement.DeepEquals(payload, Json(ResultReferences.Resolve(payload, _ => null, problems)!)));
        Assert.Empty(ResultReferences.In(payload));
    }

    [Property(MaxTest = 500)]
    public void Any_text_around_a_reference_is_kept_and_any_value_put_in_once(NonNull<string> before, NonNull<string> after, NonNull<string> value)
    {
        // What comes right after a path belongs to it if it can, so a blank separates them.
        var (b, a) = (before.Get.Replace("$", "", StringComparison.Ordinal), " " + after.Get.Replace("$", "", StringComparison.Ordinal));
        var result = JsonSerializer.SerializeToElement(new { id = value.Get });
        var problems = new ProblemList();
        var resolved = ResultReferences.Resolve(JsonSerializer.SerializeToElement(new { text = b + "$result.id" + a }), _ => result, problems);
        // Halves of pairs are replaced by the serializer, before and after alike.
        Assert.Equal(JsonSerializer.SerializeToElement(b + value.Get + a).GetString(), Json(resolved!).GetProperty("text").GetString());
    }

    static JsonElement Payload(string value) => JsonSerializer.SerializeToElement(new { deep = new object[] { new { value } } });

    static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);
}
