using FsCheck;
using FsCheck.Xunit;
using Riq.Adapters.Confluence;
using Riq.Adapters.Texts;
using Xunit;

namespace Riq.UnitTests.Adapters;

[Properties(Arbitrary = [typeof(MarkupText)])]
public class StorageTests
{
    [Theory]
    [InlineData("one\ntwo", "<p>one<br />\ntwo</p>")]
    [InlineData("**b** & <i>", "<p><strong>b</strong> &amp; &lt;i&gt;</p>")]
    [InlineData("---", "<hr />")]
    [InlineData("```sql\nselect ']]>'\n```", "<ac:structured-macro ac:name=\"code\"><ac:parameter ac:name=\"language\">sql</ac:parameter><ac:plain-text-body><![CDATA[select ']]]]><![CDATA[>']]></ac:plain-text-body></ac:structured-macro>")]
    [InlineData("&nbsp;x", "<p>\u00a0x</p>")]
    public void Markdown_becomes_xhtml(string markdown, string storage) => Assert.Equal(storage, MarkdownToStorage.Convert(markdown));

    [Theory]
    [InlineData("one\ntwo\n\nthree")]
    [InlineData("# Title\n\nText with **bold**, *italic*, ~~gone~~, `code` and [a link](https://x.test/a).")]
    [InlineData("- a\n- b\n  - c\n- e")]
    [InlineData("3. a\n4. b")]
    [InlineData("```json\n{ \"a\": \"<&]]>\" }\n```")]
    [InlineData("> quoted")]
    [InlineData("| a | b |\n| --- | --- |\n| 1 | 2 |")]
    public void Markdown_comes_back_as_it_was(string markdown) => Assert.Equal(markdown, StorageToMarkdown.Convert(MarkdownToStorage.Convert(markdown)!));

    [Theory]
    [InlineData("<p>caf&eacute;&nbsp;&amp; bar</p>", "café\u00a0& bar")]
    [InlineData("<ac:structured-macro ac:name=\"info\"><ac:rich-text-body><p>note</p></ac:rich-text-body></ac:structured-macro>", "> note")]
    [InlineData("<ac:structured-macro ac:name=\"toc\"><ac:parameter ac:name=\"maxLevel\">2</ac:parameter></ac:structured-macro><p>x</p>", "x")]
    [InlineData("<ac:layout><ac:layout-section><ac:layout-cell><p>in <u>a</u> cell</p></ac:layout-cell></ac:layout-section></ac:layout>", "in a cell")]
    [InlineData("<p><ac:link><ri:page ri:content-title=\"Other\" /></ac:link></p>", "Other")]
    [InlineData("<p><ac:image><ri:attachment ri:filename=\"a.png\" /></ac:image></p>", "\\[attachment: a.png\\]")]
    [InlineData("<ac:task-list><ac:task><ac:task-id>1</ac:task-id><ac:task-status>complete</ac:task-status><ac:task-body>done</ac:task-body></ac:task></ac:task-list>", "- \\[x\\] done")]
    [InlineData("loose text <b>bold</b>", "loose text **bold**")]
    [InlineData("<table><tbody><tr><th><p>h</p></th></tr><tr><td><p>a</p><p>b</p></td></tr></tbody></table>", "| h |\n| --- |\n| a b |")]
    [InlineData("<p>not closed", "<p>not closed")]
    public void Storage_is_read_as_markdown(string storage, string markdown) => Assert.Equal(markdown, StorageToMarkdown.Convert(storage));

    [Fact]
    public void Content_that_begins_with_a_tag_is_taken_as_storage()
    {
        Assert.Equal("<p>x&nbsp;</p>", PageContent.ToStorage("<p>x&nbsp;</p>", out var problem));
        Assert.Null(problem);
        Assert.Null(PageContent.ToStorage("<p>x", out problem));
        Assert.Contains("not well-formed", problem);
        Assert.Equal("<p><a href=\"https://x.test\">https://x.test</a></p>", PageContent.ToStorage("<https://x.test>", out _));
    }

    [Fact]
    public void Elements_nested_a_hundred_thousand_deep_do_not_kill()
    {
        var storage = string.Concat(Enumerable.Repeat("<div>", 20_000)) + "x" + string.Concat(Enumerable.Repeat("</div>", 20_000));
        Assert.Equal("x", StorageToMarkdown.Convert(storage));
    }

    [Fact]
    public void Entities_that_would_grow_without_bound_are_not_expanded() =>
        Assert.Null(StorageXml.Parse("<!DOCTYPE x [<!ENTITY a \"b\">]><p>&a;</p>", out _));

    [Property(MaxTest = 2_000)]
    public void Storage_is_well_formed_whatever_the_markup(MarkupText markdown) => AssertWellFormed(markdown.Text);

    [Property(MaxTest = 2_000)]
    public void Storage_is_well_formed_whatever_the_text(NonNull<string> markdown) => AssertWellFormed(markdown.Get);

    static void AssertWellFormed(string markdown)
    {
        var storage = MarkdownToStorage.Convert(markdown)!;
        Assert.True(StorageXml.Parse(storage, out var problem) is not null, $"{problem}: {storage}");
        Assert.NotNull(StorageToMarkdown.Convert(storage));
    }
}
