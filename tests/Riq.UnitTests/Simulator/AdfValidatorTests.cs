using System.Text.Json;
using Riq.Simulator.Jira.Adf;
using Xunit;

namespace Riq.UnitTests.Simulator;

public sealed class AdfValidatorTests
{
    static string? Problem(string content) => AdfValidator.Problem(JsonSerializer.Deserialize<JsonElement>($$"""{"type":"doc","version":1,"content":[{{content}}]}"""));

    [Theory]
    [InlineData("")]
    [InlineData("""{"type":"paragraph"}""")]
    [InlineData("""{"type":"paragraph","content":[{"type":"text","text":"a","marks":[{"type":"code"},{"type":"link","attrs":{"href":"x"}}]},{"type":"hardBreak"}]}""")]
    [InlineData("""{"type":"heading","attrs":{"level":6},"content":[{"type":"text","text":"a"}]}""")]
    [InlineData("""{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph"},{"type":"orderedList","content":[{"type":"listItem","content":[{"type":"paragraph"}]}]}]}]}""")]
    [InlineData("""{"type":"codeBlock","attrs":{"language":"sh"},"content":[{"type":"text","text":"a\nb"}]}""")]
    [InlineData("""{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableHeader","content":[{"type":"paragraph"}]},{"type":"tableCell","content":[{"type":"paragraph"}]}]}]}""")]
    [InlineData("""{"type":"rule"},{"type":"blockquote","content":[{"type":"paragraph"}]}""")]
    public void A_right_document_passes(string content) => Assert.Null(Problem(content));

    [Theory]
    [InlineData("""{"type":"text","text":"a"}""", "text is not allowed in doc")]
    [InlineData("""{"type":"paragraph","content":[{"type":"text","text":""}]}""", "must not be empty")]
    [InlineData("""{"type":"paragraph","content":[{"type":"text","text":"a\nb"}]}""", "must not contain a line break")]
    [InlineData("""{"type":"paragraph","content":[{"type":"paragraph"}]}""", "paragraph is not allowed in paragraph")]
    [InlineData("""{"type":"paragraph","content":[{"type":"text","text":"a","marks":[{"type":"code"},{"type":"strong"}]}]}""", "code goes only with link")]
    [InlineData("""{"type":"paragraph","content":[{"type":"text","text":"a","marks":[{"type":"shiny"}]}]}""", "a mark is not known")]
    [InlineData("""{"type":"heading","attrs":{"level":7}}""", "level of a heading")]
    [InlineData("""{"type":"bulletList","content":[]}""", "bulletList must not be empty")]
    [InlineData("""{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph"}]}]}]}]}""", "must start with a paragraph")]
    [InlineData("""{"type":"codeBlock","content":[{"type":"text","text":"a","marks":[{"type":"em"}]}]}""", "must not have marks")]
    public void A_wrong_document_is_refused_with_its_reason(string content, string reason) => Assert.Contains(reason, Problem(content), StringComparison.Ordinal);

    [Theory]
    [InlineData("\"text\"")]
    [InlineData("""{"type":"paragraph"}""")]
    [InlineData("""{"type":"doc","version":2,"content":[]}""")]
    [InlineData("""{"type":"doc","version":1}""")]
    public void What_is_no_document_is_refused(string json) => Assert.NotNull(AdfValidator.Problem(JsonSerializer.Deserialize<JsonElement>(json)));

    [Fact]
    public void Text_becomes_a_document_and_comes_back_as_it_was()
    {
        const string text = "first\nsecond\n\nnew paragraph";
        var document = JsonSerializer.SerializeToElement(AdfText.FromText(text));
        Assert.Null(AdfValidator.Problem(document));
        Assert.Equal("first\nsecond\nnew paragraph", AdfText.Plain(document));
    }
}
