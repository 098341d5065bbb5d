using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck.Xunit;
using Riq.Adapters.Texts;
using Xunit;

namespace Riq.UnitTests.Adapters;

[Properties(Arbitrary = [typeof(MarkupText), typeof(PlainLines)])]
public class AdfToMarkdownTests
{
    static string? Markdown(JsonNode adf) => AdfToMarkdown.Convert(JsonSerializer.SerializeToElement(adf));

    static string? MarkdownOf(string content) => Markdown(JsonNode.Parse($$"""{"type":"doc","version":1,"content":[{{content}}]}""")!);

    [Theory]
    [InlineData("one\ntwo\n\nthree")]
    [InlineData("# Title\n\nText with **bold**, *italic*, ~~gone~~, `code` and [a link](https://x.test/a).")]
    [InlineData("- a\n- b\n  - c\n    - d\n- e")]
    [InlineData("1. a\n2. b\n   - c")]
    [InlineData("4. four\n5. five")]
    [InlineData("```json\n{\n  \"a\": 1\n}\n```")]
    [InlineData("````\n```\n````")]
    [InlineData("> quoted\n> lines\n>\n> and more")]
    [InlineData("| a | b |\n| --- | --- |\n| 1 | x \\| y |")]
    [InlineData("a\n\n---\n\nb")]
    [InlineData("- a\n\n  b\n\n  ```\n  c\n  ```\n- d")]
    [InlineData("***both*** and **bold *inner* bold**")]
    [InlineData("- one\n\n* another list")]
    public void Markdown_comes_back_as_it_was(string markdown) => Assert.Equal(markdown, Markdown(MarkdownToAdf.Convert(markdown)!));

    [Theory]
    [InlineData("""{"type":"paragraph","content":[{"type":"mention","attrs":{"id":"1","text":"@Ann"}},{"type":"text","text":" on "},{"type":"date","attrs":{"timestamp":"1735689600000"}}]}""", "@Ann on 2025-01-01")]
    [InlineData("""{"type":"panel","attrs":{"panelType":"info"},"content":[{"type":"paragraph","content":[{"type":"text","text":"note"}]}]}""", "> note")]
    [InlineData("""{"type":"taskList","content":[{"type":"taskItem","attrs":{"state":"DONE"},"content":[{"type":"text","text":"a"}]}]}""", "- \\[x\\] a")]
    [InlineData("""{"type":"someNewNode","content":[{"type":"paragraph","content":[{"type":"text","text":"kept"}]}]}""", "kept")]
    [InlineData("""{"type":"paragraph","content":[{"type":"inlineCard","attrs":{"url":"https://x.test"}}]}""", "[https://x.test](https://x.test)")]
    [InlineData("""{"type":"paragraph"}""", "")]
    [InlineData("""{"type":"heading","content":[{"type":"text","text":"no level"}]}""", "# no level")]
    [InlineData("""{"type":"paragraph","content":[{"type":"text","text":" bold ","marks":[{"type":"strong"}]},{"type":"text","text":"x"}]}""", "**bold** x")]
    public void Nodes_without_a_markdown_form_give_their_text(string content, string markdown) => Assert.Equal(markdown, MarkdownOf(content));

    [Fact]
    public void Null_stays_null_and_text_of_a_data_center_stays_text()
    {
        Assert.Null(AdfToMarkdown.Convert(default));
        Assert.Equal("h1. wiki", AdfToMarkdown.Convert(JsonSerializer.SerializeToElement("h1. wiki")));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"type":"doc","content":{"a":1}}""")]
    [InlineData("""{"type":5,"content":[1,null,"x",{"type":null}]}""")]
    [InlineData("""{"type":"doc","content":[{"type":"heading","attrs":5},{"type":"orderedList","attrs":{"order":-3},"content":[{}]},{"type":"table","content":[{"content":[{}]}]},{"type":"date","attrs":{"timestamp":"99999999999999999"}}]}""")]
    public void What_is_no_document_is_read_without_an_exception(string json)
    {
        using var document = JsonDocument.Parse(json);
        var markdown = AdfToMarkdown.Convert(document.RootElement);
        Assert.True(markdown is null || markdown.Length < 100, markdown);
    }

    [Property(MaxTest = 3_000)]
    public void Plain_text_in_a_document_survives_markdown_and_back(PlainLines lines)
    {
        var adf = DocumentOf(lines);
        var markdown = Markdown(adf)!;
        var back = MarkdownToAdf.Convert(markdown)!;
        Assert.True(JsonNode.DeepEquals(adf, back), $"{adf.ToJsonString()}\n gave\n{markdown}\n gave\n{back.ToJsonString()}");
    }

    [Property(MaxTest = 2_000)]
    public void What_markdown_means_is_stable_from_the_first_conversion_on(MarkupText text)
    {
        var markdown = Markdown(MarkdownToAdf.Convert(text.Text)!)!;
        MarkdownToAdfTests.AssertSound(MarkdownToAdf.Convert(markdown)!);
    }

    static JsonObject DocumentOf(PlainLines lines) => new()
    {
        ["type"] = "doc", ["version"] = 1,
        ["content"] = new JsonArray([.. lines.Paragraphs.Select(p => (JsonNode)new JsonObject { ["type"] = "paragraph", ["content"] = InlinesToAdf.PlainText(string.Join('\n', p)) })]),
    };
}
