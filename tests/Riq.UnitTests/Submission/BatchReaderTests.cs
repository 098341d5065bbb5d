using Riq.Contracts;
using Riq.Engine.Submission;

namespace Riq.UnitTests.Submission;

public class BatchReaderTests
{
    const string Good = """{"operation":"notes.create_note","payload":{"title":"Hello"}}""";
    readonly BatchReader _reader = new(Known.Reader);
    readonly ProblemList _problems = new();

    IReadOnlyList<BatchItem>? Read(string body, string? key = null) => _reader.Read(Known.Json(body), new("anna", key), _problems);

    [Fact]
    public void A_bad_item_refuses_itself_and_nobody_else()
    {
        var items = Read($$"""{"items":[{{Good}},{"operation":"x"},{{Good}},17]}""")!;
        Assert.Equal([true, false, true, false], items.Select(i => i.Request is not null));
        Assert.Equal([true, false, true, false], items.Select(i => i.Problems.IsEmpty));
        Assert.Equal(["operation", "payload"], items[1].Problems.ByField.Keys.Order());
        Assert.Equal(["body"], items[3].Problems.ByField.Keys);
        Assert.True(_problems.IsEmpty);
    }

    [Fact]
    public void Each_item_is_a_request_of_its_own()
    {
        var items = Read($$"""{"items":[{{Good}},{{Good}}]}""")!;
        Assert.NotEqual(items[0].Request!.Id, items[1].Request!.Id);
        Assert.NotEqual(items[0].Request!.MessageId, items[1].Request!.MessageId);
    }

    [Theory]
    [InlineData(1, true), InlineData(500, true), InlineData(0, false), InlineData(501, false)]
    public void A_batch_has_1_to_500_items(int count, bool taken)
    {
        var items = Read($$"""{"items":[{{string.Join(',', Enumerable.Repeat(Good, count))}}]}""");
        Assert.Equal(taken, items is not null);
        Assert.Equal(taken, _problems.IsEmpty);
        if (taken) Assert.Equal(count, items!.Count);
        else Assert.Equal(["items"], _problems.ByField.Keys);
    }

    [Theory]
    [InlineData("[]"), InlineData("{}"), InlineData("""{"items":null}"""), InlineData("""{"items":{}}"""), InlineData("17"), InlineData("null")]
    public void What_has_no_list_of_items_is_no_batch(string body)
    {
        Assert.Null(Read(body));
        Assert.Equal(["items"], _problems.ByField.Keys);
    }

    [Fact]
    public void An_unknown_field_beside_the_items_is_named()
    {
        Assert.Null(Read($$"""{"items":[{{Good}}],"priority":"high"}"""));
        Assert.Equal(["priority"], _problems.ByField.Keys);
    }

    [Theory]
    [InlineData("""{"\ud800":1,"items":[]}"""), InlineData("""{"\ud800":1}""")]
    public void A_field_whose_name_is_no_Unicode_text_is_a_fault_and_no_accident(string body)
    {
        Assert.Null(Read(body));
        Assert.False(_problems.IsEmpty);
    }

    [Fact]
    public void The_key_of_a_header_can_not_belong_to_many()
    {
        Assert.Null(Read($$"""{"items":[{{Good}}]}""", key: "k"));
        Assert.Equal(["Idempotency-Key"], _problems.ByField.Keys);
    }

    [Fact]
    public void A_ref_names_one_item_only()
    {
        var items = Read($$"""{"items":[{{WithRef("a")}},{{WithRef("b")}},{{WithRef("a")}},{{WithRef("A")}},{{Good}},{{Good}}]}""")!;
        Assert.Equal(["a", "b", null, "A", null, null], items.Select(i => i.Request?.Ref));
        Assert.Equal(["ref"], items[2].Problems.ByField.Keys);
    }

    [Theory]
    [InlineData("\"\""), InlineData("7"), InlineData("\"12345678901234567890123456789012345678901234567890123456789012345\"")]
    public void A_ref_is_a_text_of_1_to_64_characters(string name)
    {
        var item = Assert.Single(Read($$"""{"items":[{"operation":"notes.create_note","payload":{"title":"Hello"},"ref":{{name}}}]}""")!);
        Assert.Equal(["ref"], item.Problems.ByField.Keys);
    }

    [Fact]
    public void A_ref_that_a_bad_item_uses_is_taken_all_the_same()
    {
        var items = Read($$"""{"items":[{"operation":"x","payload":{},"ref":"a"},{{WithRef("a")}}]}""")!;
        Assert.Contains("ref", items[1].Problems.ByField.Keys);
    }

    static string WithRef(string name) => $$"""{"operation":"notes.create_note","payload":{"title":"Hello"},"ref":"{{name}}"}""";
}
