using Markdig;
using Markdig.Syntax;

namespace Riq.Adapters.Texts;

/// <summary>The Markdown that RIQ takes: CommonMark with pipe tables and strikethrough; HTML in it is text.</summary>
static class MarkdownText
{
    public static MarkdownPipeline Pipeline { get; } =
        new MarkdownPipelineBuilder().UsePipeTables().UseEmphasisExtras(Markdig.Extensions.EmphasisExtras.EmphasisExtraOptions.Strikethrough).Build();

    /// <summary>Null when the text nests deeper than the parser goes (it guards its stack): to be refused, it can't be converted.</summary>
    public static MarkdownDocument? Parse(string markdown)
    {
        try { return Markdown.Parse(markdown, Pipeline); }
        catch (ArgumentException) { return null; }
    }

    public const string TooDeep = "is nested too deeply to be read as Markdown: use fewer levels of quotes, lists or emphasis.";
}
