using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Riq.Adapters.Texts;

/// <summary>Markdown as Confluence's storage format: XHTML that is always well-formed, code as Confluence's code macro.</summary>
static class MarkdownToStorage
{
    /// <summary>Null when the text is refused (<see cref="MarkdownText.Refused"/>).</summary>
    public static string? Convert(string markdown)
    {
        if (MarkdownText.Parse(StorageXml.Sanitize(markdown.ReplaceLineEndings("\n"))) is not { } document) return null;
        using var text = new StringWriter();
        var renderer = new HtmlRenderer(text);
        MarkdownText.Pipeline.Setup(renderer);
        renderer.ObjectRenderers.ReplaceOrAdd<CodeBlockRenderer>(new CodeMacro());
        renderer.ObjectRenderers.ReplaceOrAdd<Markdig.Renderers.Html.HtmlBlockRenderer>(new HtmlBlockAsText());
        renderer.ObjectRenderers.ReplaceOrAdd<Markdig.Renderers.Html.Inlines.HtmlInlineRenderer>(new HtmlInlineAsText());
        renderer.ObjectRenderers.ReplaceOrAdd<Markdig.Renderers.Html.Inlines.HtmlEntityInlineRenderer>(new EntityAsText());
        renderer.ObjectRenderers.ReplaceOrAdd<Markdig.Renderers.Html.Inlines.LineBreakInlineRenderer>(new Markdig.Renderers.Html.Inlines.LineBreakInlineRenderer { RenderAsHardlineBreak = true });
        renderer.ObjectRenderers.ReplaceOrAdd<Markdig.Renderers.Html.Inlines.LinkInlineRenderer>(new LinkOrImage());
        renderer.Render(document);
        return StorageXml.Sanitize(text.ToString().Trim());
    }

    sealed class CodeMacro : HtmlObjectRenderer<CodeBlock>
    {
        protected override void Write(HtmlRenderer renderer, CodeBlock block)
        {
            renderer.EnsureLine();
            renderer.Write("<ac:structured-macro ac:name=\"code\">");
            if ((block as FencedCodeBlock)?.Info is { Length: > 0 } language)
                renderer.Write("<ac:parameter ac:name=\"language\">").WriteEscape(language).Write("</ac:parameter>");
            // A CDATA section can't hold its own end: it is closed and opened again in between.
            renderer.Write("<ac:plain-text-body><![CDATA[").Write(block.Lines.ToString().Replace("]]>", "]]]]><![CDATA[>", StringComparison.Ordinal)).Write("]]></ac:plain-text-body>");
            renderer.WriteLine("</ac:structured-macro>");
        }
    }

    // Storage format has no img element.
    sealed class LinkOrImage : Markdig.Renderers.Html.Inlines.LinkInlineRenderer
    {
        protected override void Write(HtmlRenderer renderer, LinkInline link)
        {
            if (!link.IsImage) { base.Write(renderer, link); return; }
            renderer.Write("<ac:image><ri:url ri:value=\"").WriteEscape(link.GetDynamicUrl?.Invoke() ?? link.Url ?? "").Write("\" /></ac:image>");
        }
    }

    sealed class HtmlBlockAsText : HtmlObjectRenderer<HtmlBlock>
    {
        protected override void Write(HtmlRenderer renderer, HtmlBlock block)
        {
            renderer.EnsureLine();
            renderer.Write("<p>");
            for (var i = 0; i < block.Lines.Count; i++)
            {
                if (i > 0) renderer.Write("<br />");
                renderer.WriteEscape(block.Lines.Lines[i].Slice.ToString());
            }
            renderer.WriteLine("</p>");
        }
    }

    sealed class HtmlInlineAsText : HtmlObjectRenderer<HtmlInline>
    {
        protected override void Write(HtmlRenderer renderer, HtmlInline html) => renderer.WriteEscape(html.Tag);
    }

    sealed class EntityAsText : HtmlObjectRenderer<HtmlEntityInline>
    {
        protected override void Write(HtmlRenderer renderer, HtmlEntityInline entity) => renderer.WriteEscape(entity.Transcoded.ToString());
    }
}
