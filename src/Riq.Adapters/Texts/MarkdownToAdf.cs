using System.Text.Json.Nodes;
using Markdig.Extensions.Tables;
using Markdig.Syntax;

namespace Riq.Adapters.Texts;

/// <summary>
/// Markdown as an Atlassian document (ADF). What ADF does not allow in a place (a heading in a list) becomes a paragraph
/// there; what Markdown has beyond ADF becomes literal text.
/// </summary>
static class MarkdownToAdf
{
    /// <summary>Null when the text is refused (<see cref="MarkdownText.Refused"/>).</summary>
    public static JsonObject? Convert(string markdown)
    {
        var source = markdown.ReplaceLineEndings("\n");
        if (MarkdownText.Parse(source) is not { } document) return null;
        return new() { ["type"] = "doc", ["version"] = 1, ["content"] = new Writer(source, document).Blocks(document, Place.Top) };
    }

    /// <summary>What may stand where.</summary>
    enum Place { Top, Quote, Item }

    sealed class Writer(string source, MarkdownDocument document)
    {
        readonly InlinesToAdf _inlines = new(source);
        readonly HashSet<LinkReferenceDefinition> _used = [.. document.Descendants<Markdig.Syntax.Inlines.LinkInline>().Select(l => l.Reference).OfType<LinkReferenceDefinition>()];

        public JsonArray Blocks(ContainerBlock container, Place place) => [.. container.SelectMany(b => Convert(b, place))];

        IEnumerable<JsonObject> Convert(Block block, Place place) => block switch
        {
            HeadingBlock h when place == Place.Top => [Node("heading", _inlines.Convert(h.Inline), new() { ["level"] = h.Level })],
            HeadingBlock h => [Node("paragraph", _inlines.Convert(h.Inline, strong: true))],
            ParagraphBlock p => _inlines.Convert(p.Inline) is { Count: > 0 } content ? [Node("paragraph", content)] : [],
            CodeBlock c => [CodeNode(c)],
            QuoteBlock q when place == Place.Top => Blocks(q, Place.Quote) is { Count: > 0 } content ? [Node("blockquote", content)] : [],
            QuoteBlock q => Children(q, place),
            ListBlock l => [ListNode(l)],
            ThematicBreakBlock when place == Place.Top => [Node("rule", null)],
            Table t when place == Place.Top => [Node("table", [.. t.OfType<TableRow>().Select(RowNode)])],
            LinkReferenceDefinitionGroup g => [.. g.OfType<LinkReferenceDefinition>().Where(d => !_used.Contains(d)).Select(Literal)],
            HtmlBlock or LeafBlock or Table => [Literal(block)],
            ContainerBlock c => Children(c, place),
            _ => [],
        };

        // A quote in a quote, or in a list item, is not ADF: its content moves up.
        IEnumerable<JsonObject> Children(ContainerBlock container, Place place) => container.SelectMany(b => Convert(b, place));

        JsonObject Literal(MarkdownObject block) => Node("paragraph", InlinesToAdf.PlainText(SourceOf(block)));

        string SourceOf(MarkdownObject block)
        {
            var (start, end) = (Math.Max(block.Span.Start, 0), Math.Min(block.Span.End, source.Length - 1));
            return start > end ? "" : source[start..(end + 1)].Trim('\n');
        }

        static JsonObject CodeNode(CodeBlock block)
        {
            var text = block.Lines.ToString();
            JsonArray content = text.Length == 0 ? [] : [new JsonObject { ["type"] = "text", ["text"] = text }];
            var language = (block as FencedCodeBlock)?.Info;
            return Node("codeBlock", content, string.IsNullOrWhiteSpace(language) ? null : new() { ["language"] = language });
        }

        JsonObject ListNode(ListBlock list)
        {
            JsonArray items = [.. list.OfType<ListItemBlock>().Select(item => Node("listItem", ItemContent(item)))];
            if (!list.IsOrdered) return Node("bulletList", items);
            return Node("orderedList", items, int.TryParse(list.OrderedStart, out var start) && start != 1 ? new() { ["order"] = start } : null);
        }

        // An item must begin with a paragraph (or code): an empty one or one that begins with a list gets an empty paragraph.
        JsonArray ItemContent(ListItemBlock item)
        {
            var content = Blocks(item, Place.Item);
            if (content.Count == 0 || content[0]!["type"]!.GetValue<string>() is "bulletList" or "orderedList") content.Insert(0, Node("paragraph", []));
            return content;
        }

        JsonObject RowNode(TableRow row) =>
            Node("tableRow", [.. row.OfType<TableCell>().Select(cell => Node(row.IsHeader ? "tableHeader" : "tableCell", CellContent(cell)))]);

        JsonArray CellContent(TableCell cell)
        {
            var content = Blocks(cell, Place.Item);
            return content.Count > 0 ? content : [Node("paragraph", [])];
        }

        static JsonObject Node(string type, JsonArray? content, JsonObject? attributes = null)
        {
            var node = new JsonObject { ["type"] = type };
            if (attributes is not null) node["attrs"] = attributes;
            if (content is not null) node["content"] = content;
            return node;
        }
    }
}
