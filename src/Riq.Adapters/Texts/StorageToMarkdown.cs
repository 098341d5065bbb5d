using System.Globalization;
using System.Xml.Linq;

namespace Riq.Adapters.Texts;

/// <summary>Confluence's storage format as Markdown. Elements that Markdown has nothing for (macros, layouts) give their text.</summary>
static class StorageToMarkdown
{
    // Guards the stack: nobody nests deeper, except to break something.
    const int MaxDepth = 100;

    static readonly XNamespace Ac = "ac";
    static readonly XNamespace Ri = "ri";

    static readonly HashSet<string> BlockNames =
        ["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "pre", "blockquote", "hr", "table", "div", "section", "structured-macro", "layout", "layout-section", "layout-cell", "rich-text-body", "task-list", "macro"];

    /// <summary>What is not well-formed is given as it is.</summary>
    public static string Convert(string storage) =>
        StorageXml.Parse(storage, out _) is { } root ? MarkdownWriter.Write(Blocks(root, 0)) : storage;

    static List<TextBlock> Blocks(XElement parent, int depth)
    {
        if (depth > MaxDepth) return [new Paragraph([new(Collapse(parent.Value))])];
        var blocks = new List<TextBlock>();
        var loose = new List<Span>();   // text that stands between blocks without a paragraph of its own
        foreach (var node in parent.Nodes())
        {
            if (node is XElement element && IsBlock(element)) { Flush(blocks, loose); blocks.AddRange(BlocksOf(element, depth + 1)); }
            else loose.AddRange(InlinesOf(node, Marks.None, null, depth + 1));
        }
        Flush(blocks, loose);
        return blocks;
    }

    static bool IsBlock(XElement element) => BlockNames.Contains(element.Name.LocalName);

    static void Flush(List<TextBlock> blocks, List<Span> loose)
    {
        if (loose.Any(s => !s.IsBreak && !string.IsNullOrWhiteSpace(s.Text))) blocks.Add(new Paragraph([.. loose]));
        loose.Clear();
    }

    static IEnumerable<TextBlock> BlocksOf(XElement element, int depth) => element.Name.LocalName switch
    {
        // A paragraph in Confluence may hold a macro of its own block.
        "p" => Blocks(element, depth),
        ['h', >= '1' and <= '6' and var level] => [new Heading(level - '0', Spans(element, depth))],
        "ul" => [new ItemList(null, Items(element, depth))],
        "ol" => [new ItemList(Start(element), Items(element, depth))],
        "task-list" => [new ItemList(null, [.. element.Elements(Ac + "task").Select(t => TaskItem(t, depth))])],
        "pre" => [new Code(null, element.Value)],
        "blockquote" => [new Quote(Blocks(element, depth))],
        "hr" => [new Rule()],
        "table" => [new TextTable([.. element.Descendants("tr").Select(row => (IReadOnlyList<IReadOnlyList<Span>>)[.. row.Elements().Select(c => Spans(c, depth))])])],
        "structured-macro" or "macro" => Macro(element, depth),
        _ => Blocks(element, depth),
    };

    static IEnumerable<TextBlock> Macro(XElement macro, int depth)
    {
        if (macro.Element(Ac + "plain-text-body") is { } plain)
            return [new Code(macro.Elements(Ac + "parameter").FirstOrDefault(p => (string?)p.Attribute(Ac + "name") == "language")?.Value, plain.Value)];
        var body = macro.Element(Ac + "rich-text-body");
        if (body is null) return [];   // only parameters: a table of contents, a chart; nothing to read
        var isPanel = (string?)macro.Attribute(Ac + "name") is "info" or "note" or "warning" or "tip" or "panel";
        return isPanel ? [new Quote(Blocks(body, depth))] : Blocks(body, depth);
    }

    static List<IReadOnlyList<TextBlock>> Items(XElement list, int depth) => [.. list.Elements("li").Select(li => Blocks(li, depth))];

    static IReadOnlyList<TextBlock> TaskItem(XElement task, int depth)
    {
        var done = task.Element(Ac + "task-status")?.Value == "complete";
        return [new Paragraph([new(done ? "[x] " : "[ ] "), .. task.Element(Ac + "task-body") is { } body ? Spans(body, depth) : []])];
    }

    static int Start(XElement list) =>
        int.TryParse((string?)list.Attribute("start"), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? Math.Min(n, 99_999_999) : 1;

    static List<Span> Spans(XElement element, int depth) => [.. element.Nodes().SelectMany(n => InlinesOf(n, Marks.None, null, depth))];

    static IEnumerable<Span> InlinesOf(XNode node, Marks marks, string? href, int depth)
    {
        if (node is XText text) return [new(Collapse(text.Value), marks, href)];
        if (node is not XElement element) return [];
        if (depth > MaxDepth) return [new(Collapse(element.Value), marks, href)];
        return element.Name.LocalName switch
        {
            "br" => [Span.Break],
            "strong" or "b" => Within(element, marks | Marks.Strong, href, depth),
            "em" or "i" => Within(element, marks | Marks.Emphasis, href, depth),
            "del" or "s" or "strike" => Within(element, marks | Marks.Strike, href, depth),
            "code" or "tt" => [new(element.Value, marks | Marks.Code, href)],
            "a" => Within(element, marks, (string?)element.Attribute("href") is { Length: > 0 } target ? target : href, depth),
            "img" => [new((string?)element.Attribute("alt") is { Length: > 0 } alt ? alt : "image", marks, (string?)element.Attribute("src"))],
            "image" => [Image(element, marks, href)],
            "link" => LinkText(element, marks, href, depth),
            "parameter" => [],
            "p" or "div" or "li" or "tr" => ParagraphInside(element, marks, href, depth),
            _ => Within(element, marks, href, depth),
        };
    }

    static IEnumerable<Span> Within(XElement element, Marks marks, string? href, int depth) =>
        element.Nodes().SelectMany(n => InlinesOf(n, marks, href, depth + 1));

    // Blocks in a cell or an inline place: each on a line of its own.
    static IEnumerable<Span> ParagraphInside(XElement element, Marks marks, string? href, int depth) =>
        element.ElementsBeforeSelf().Any() ? Within(element, marks, href, depth).Prepend(Span.Break) : Within(element, marks, href, depth);

    static Span Image(XElement image, Marks marks, string? href)
    {
        if ((string?)image.Element(Ri + "url")?.Attribute(Ri + "value") is { Length: > 0 } url) return new("image", marks, url);
        return new($"[attachment: {(string?)image.Element(Ri + "attachment")?.Attribute(Ri + "filename") ?? "image"}]", marks, href);
    }

    // A link to a page, user or attachment by name: its own text, else the name.
    static IEnumerable<Span> LinkText(XElement link, Marks marks, string? href, int depth)
    {
        var body = link.Element(Ac + "plain-text-link-body") ?? link.Element(Ac + "link-body");
        if (body is not null) return Within(body, marks, href, depth);
        var target = link.Elements().FirstOrDefault(e => e.Name.Namespace == Ri);
        var name = (string?)target?.Attribute(Ri + "content-title") ?? (string?)target?.Attribute(Ri + "filename") ?? (string?)target?.Attribute(Ri + "account-id");
        return name is null ? [] : [new(name, marks, href)];
    }

    // White space in XHTML is one blank, line ends included.
    static string Collapse(string text)
    {
        var parts = text.Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0) return text.Length > 0 ? " " : "";
        return (IsBlank(text[0]) ? " " : "") + string.Join(' ', parts) + (IsBlank(text[^1]) ? " " : "");
    }

    static bool IsBlank(char c) => c is ' ' or '\t' or '\r' or '\n';
}
