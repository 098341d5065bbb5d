using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Xunit;
using Riq.Adapters.Texts;
using Xunit;

namespace Riq.UnitTests.Adapters;

[Properties(Arbitrary = [typeof(MarkupText)])]
public class MarkdownToAdfTests
{
    static string Content(string markdown) => MarkdownToAdf.Convert(markdown)!["content"]!.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    static void Gives(string markdown, string content) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(content), MarkdownToAdf.Convert(markdown)!["content"]), $"{markdown}\n gave {Content(markdown)}\n not {content}");

    [Fact]
    public void A_document_has_its_type_and_version() =>
        Assert.Equal("""{"type":"doc","version":1,"content":[]}""", MarkdownToAdf.Convert("")!.ToJsonString());

    [Fact]
    public void Blank_lines_split_paragraphs_and_single_newlines_become_hard_breaks() =>
        Gives("one\r\ntwo\n\nthree", """[{"type":"paragraph","content":[{"type":"text","text":"one"},{"type":"hardBreak"},{"type":"text","text":"two"}]},{"type":"paragraph","content":[{"type":"text","text":"three"}]}]""");

    [Theory]
    [InlineData("**a**", "strong")]
    [InlineData("*a*", "em")]
    [InlineData("_a_", "em")]
    [InlineData("~~a~~", "strike")]
    [InlineData("`a`", "code")]
    public void Emphasis_becomes_a_mark(string markdown, string mark) =>
        Gives(markdown, $$"""[{"type":"paragraph","content":[{"type":"text","text":"a","marks":[{"type":"{{mark}}"}]}]}]""");

    [Fact]
    public void Code_in_bold_keeps_the_code_only_because_both_are_not_allowed() =>
        Gives("**`a`**", """[{"type":"paragraph","content":[{"type":"text","text":"a","marks":[{"type":"code"}]}]}]""");

    [Fact]
    public void A_link_becomes_a_mark_with_its_target() =>
        Gives("[a](https://x.test/?q=1)", """[{"type":"paragraph","content":[{"type":"text","text":"a","marks":[{"type":"link","attrs":{"href":"https://x.test/?q=1"}}]}]}]""");

    [Theory]
    [InlineData("[a](javascript:alert(1))")]
    [InlineData("[a](JaVaScRiPt:x)")]
    [InlineData("[a](data:text/html;base64,x)")]
    public void A_link_that_runs_code_stays_text(string markdown) =>
        Assert.DoesNotContain("\"link\"", Content(markdown));

    [Fact]
    public void Headings_rules_and_quotes_are_blocks() =>
        Gives("## h\n\n---\n\n> q", """[{"type":"heading","attrs":{"level":2},"content":[{"type":"text","text":"h"}]},{"type":"rule"},{"type":"blockquote","content":[{"type":"paragraph","content":[{"type":"text","text":"q"}]}]}]""");

    [Fact]
    public void Lists_nest_and_ordered_ones_keep_their_start() =>
        Gives("3. a\n   - b", """[{"type":"orderedList","attrs":{"order":3},"content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"a"}]},{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"b"}]}]}]}]}]}]""");

    [Fact]
    public void A_heading_in_a_list_becomes_a_bold_paragraph_because_lists_hold_none() =>
        Gives("- # h", """[{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"h","marks":[{"type":"strong"}]}]}]}]}]""");

    [Fact]
    public void A_code_block_keeps_its_lines_and_language() =>
        Gives("```csharp\na\n\nb\n```", """[{"type":"codeBlock","attrs":{"language":"csharp"},"content":[{"type":"text","text":"a\n\nb"}]}]""");

    [Fact]
    public void A_table_has_header_cells_and_cells() =>
        Gives("| a | b |\n|---|---|\n| 1 | |", """[{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableHeader","content":[{"type":"paragraph","content":[{"type":"text","text":"a"}]}]},{"type":"tableHeader","content":[{"type":"paragraph","content":[{"type":"text","text":"b"}]}]}]},{"type":"tableRow","content":[{"type":"tableCell","content":[{"type":"paragraph","content":[{"type":"text","text":"1"}]}]},{"type":"tableCell","content":[{"type":"paragraph","content":[]}]}]}]}]""");

    [Fact]
    public void Html_and_unused_definitions_become_literal_text()
    {
        Gives("<div>\nx\n</div>", """[{"type":"paragraph","content":[{"type":"text","text":"<div>"},{"type":"hardBreak"},{"type":"text","text":"x"},{"type":"hardBreak"},{"type":"text","text":"</div>"}]}]""");
        Gives("[note]: text", """[{"type":"paragraph","content":[{"type":"text","text":"[note]: text"}]}]""");
        Gives("a <b>c</b>", """[{"type":"paragraph","content":[{"type":"text","text":"a <b>c</b>"}]}]""");
    }

    [Fact]
    public void An_entity_for_a_newline_does_not_smuggle_one_into_a_text_node() => AssertSound(MarkdownToAdf.Convert("a&#10;b `c\nd`")!);

    [Theory]
    [InlineData(">", 5_000)]
    [InlineData("[", 20_000)]
    [InlineData("*", 20_000)]
    [InlineData("`", 20_000)]
    [InlineData("[a][b", 6_000)]
    [InlineData("***a* ", 5_000)]
    [InlineData("1. ", 10_000)]
    [InlineData("[a](", 250_000)]
    [InlineData("[a]: b\n", 140_000)]
    public void Text_made_to_break_the_parser_is_converted_or_refused_but_never_kills(string piece, int count)
    {
        var markdown = string.Concat(Enumerable.Repeat(piece, count));
        if (MarkdownToAdf.Convert(markdown) is { } adf) AssertSound(adf);
        if (MarkdownToStorage.Convert(markdown) is { } storage) Assert.NotNull(StorageXml.Parse(storage, out _));
    }

    [Fact]
    public void Deeply_nested_lists_are_converted_or_refused()
    {
        var markdown = string.Join('\n', Enumerable.Range(0, 500).Select(i => new string(' ', i * 2) + "- x"));
        if (MarkdownToAdf.Convert(markdown) is { } adf) AssertSound(adf);
    }

    [Property(MaxTest = 2_000)]
    public void No_text_has_a_newline_or_is_empty(NonNull<string> markdown) => AssertSound(MarkdownToAdf.Convert(markdown.Get)!);

    [Property(MaxTest = 2_000)]
    public void No_text_has_a_newline_or_is_empty_whatever_the_markup(MarkupText markdown) => AssertSound(MarkdownToAdf.Convert(markdown.Text)!);

    internal static void AssertSound(JsonNode node)
    {
        var type = node["type"]!.GetValue<string>();
        if (type == "text") Assert.False(node["text"]!.GetValue<string>().Length == 0, node.ToJsonString());
        foreach (var child in node["content"]?.AsArray() ?? [])
        {
            // The lines of a code block are one text, as Jira's editor writes them.
            if (type != "codeBlock" && child!["text"] is { } text) Assert.DoesNotContain(text.GetValue<string>(), c => c is '\n' or '\r');
            AssertSound(child!);
        }
    }
}
