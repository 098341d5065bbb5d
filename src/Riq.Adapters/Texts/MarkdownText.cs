using Markdig;
using Markdig.Extensions.EmphasisExtras;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Riq.Adapters.Texts;

/// <summary>
/// The Markdown that RIQ takes: CommonMark with pipe tables and strikethrough; HTML in it is text. What would keep the parser
/// busy for minutes or overflow the stack is refused before: one payload must not take down its worker.
/// </summary>
static class MarkdownText
{
    public const string Refused = "is too intricate to be read as Markdown: use fewer levels of quotes, lists, brackets or emphasis.";

    /// <summary>Levels of blocks and inlines together.</summary>
    const int MaxDepth = 128;

    /// <summary>Each link's target is sought up to the next blank; this many characters are looked through in under a second.</summary>
    const long MaxLinkSearch = 100_000_000;

    /// <summary>The parser compares each definition (<c>[name]: target</c>) with all before it.</summary>
    const int MaxDefinitions = 5_000;

    public static MarkdownPipeline Pipeline { get; } =
        new MarkdownPipelineBuilder().UsePipeTables().UseEmphasisExtras(EmphasisExtraOptions.Strikethrough).Build();

    /// <summary>Null when the text is refused (<see cref="Refused"/>).</summary>
    public static MarkdownDocument? Parse(string markdown)
    {
        if (LinkSearch(markdown) > MaxLinkSearch || Definitions(markdown) > MaxDefinitions) return null;
        try { return Markdown.Parse(markdown, Pipeline) is var document && IsShallow(document) ? document : null; }
        catch (ArgumentException) { return null; }   // Markdig's own limit of depth
    }

    static long LinkSearch(string markdown)
    {
        long all = 0;
        foreach (var word in markdown.AsSpan().SplitAny(" \t\n"))
        {
            var text = markdown.AsSpan(word);
            all += (long)text.Length * text.Count("](");
        }
        return all;
    }

    static int Definitions(string markdown)
    {
        var count = 0;
        foreach (var line in markdown.AsSpan().EnumerateLines())
            if (line.TrimStart().StartsWith("[") && line.Contains("]:", StringComparison.Ordinal)) count++;
        return count;
    }

    // Without recursion, for recursion is what the limit guards.
    static bool IsShallow(MarkdownDocument document)
    {
        var open = new Stack<(MarkdownObject Node, int Depth)>([(document, 0)]);
        while (open.TryPop(out var next))
        {
            if (next.Depth > MaxDepth) return false;
            foreach (var child in Children(next.Node)) open.Push((child, next.Depth + 1));
        }
        return true;
    }

    static IEnumerable<MarkdownObject> Children(MarkdownObject node) => node switch
    {
        ContainerBlock block => block,
        LeafBlock { Inline: { } inlines } => inlines,
        ContainerInline inlines => inlines,
        _ => [],
    };
}
