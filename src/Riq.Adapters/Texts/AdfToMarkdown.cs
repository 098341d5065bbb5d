using System.Globalization;
using System.Text.Json;

namespace Riq.Adapters.Texts;

/// <summary>An Atlassian document (ADF) as Markdown. Unknown nodes give their content or text.</summary>
static class AdfToMarkdown
{
    /// <summary>Null for null; text that is no document (Data Center) as it is.</summary>
    public static string? Convert(JsonElement adf) => adf.ValueKind switch
    {
        JsonValueKind.Object => MarkdownWriter.Write(Blocks(adf)),
        JsonValueKind.String => adf.GetString(),
        _ => null,
    };

    static List<TextBlock> Blocks(JsonElement parent) => [.. Children(parent).SelectMany(BlocksOf)];

    static IEnumerable<TextBlock> BlocksOf(JsonElement node) => TypeOf(node) switch
    {
        "paragraph" => [new Paragraph(Spans(node))],
        "heading" => [new Heading(Number(node, "level") ?? 1, Spans(node))],
        "codeBlock" => [new Code(Attribute(node, "language"), string.Concat(Children(node).Select(c => Text(c, "text"))))],
        "blockquote" or "panel" => [new Quote(Blocks(node))],
        "bulletList" => [new ItemList(null, [.. Children(node).Select(Blocks)])],
        "orderedList" => [new ItemList(Math.Clamp(Number(node, "order") ?? 1, 0, 99_999_999), [.. Children(node).Select(Blocks)])],
        "taskList" or "decisionList" => [new ItemList(null, [.. Children(node).Select(TaskItem)])],
        "rule" => [new Rule()],
        "table" => [new TextTable([.. Children(node).Select(row => (IReadOnlyList<IReadOnlyList<Span>>)[.. Children(row).Select(CellSpans)])])],
        "expand" or "nestedExpand" when Attribute(node, "title") is { Length: > 0 } title => [new Paragraph([new(title, Marks.Strong)]), .. Blocks(node)],
        "media" => [new Paragraph([new($"[attachment: {Attribute(node, "alt") ?? Attribute(node, "id") ?? "unnamed"}]")])],
        "blockCard" or "embedCard" => [new Paragraph([.. InlineSpans(node)])],
        _ when IsInline(node) => [new Paragraph([.. InlineSpans(node)])],
        _ => Blocks(node),
    };

    static IReadOnlyList<TextBlock> TaskItem(JsonElement item)
    {
        var box = Attribute(item, "state") switch { "DONE" => "[x] ", "TODO" => "[ ] ", _ => "" };
        return TypeOf(item) is "taskList" ? Blocks(item) : [new Paragraph([new(box), .. Spans(item)])];
    }

    // A cell may hold several blocks; a Markdown cell is one line.
    static IReadOnlyList<Span> CellSpans(JsonElement cell)
    {
        var spans = new List<Span>();
        foreach (var child in Children(cell))
        {
            if (spans.Count > 0) spans.Add(Span.Break);
            spans.AddRange(FlatSpans(child));
        }
        return spans;
    }

    static IEnumerable<Span> FlatSpans(JsonElement node)
    {
        if (IsInline(node)) return InlineSpans(node);
        return Children(node).SelectMany((child, i) => i > 0 && !IsInline(child) ? FlatSpans(child).Prepend(Span.Break) : FlatSpans(child));
    }

    static List<Span> Spans(JsonElement parent) => [.. Children(parent).SelectMany(InlineSpans)];

    static bool IsInline(JsonElement node) =>
        TypeOf(node) is "text" or "hardBreak" or "mention" or "emoji" or "inlineCard" or "date" or "status" or "mediaInline" or "placeholder" or "inlineExtension";

    static IEnumerable<Span> InlineSpans(JsonElement node) => TypeOf(node) switch
    {
        "text" => Lines(Text(node, "text") ?? "", MarksOf(node), HrefOf(node)),
        "hardBreak" => [Span.Break],
        "mention" => [new(Attribute(node, "text") ?? "@" + Attribute(node, "id"))],
        "emoji" => [new(Attribute(node, "text") ?? Attribute(node, "shortName") ?? "")],
        "status" or "placeholder" => [new(Attribute(node, "text") ?? "")],
        "inlineCard" or "blockCard" or "embedCard" => Attribute(node, "url") is { } url ? [new(url, Marks.None, url)] : [],
        "date" => [new(DateOf(node))],
        "mediaInline" => [new($"[attachment: {Attribute(node, "alt") ?? Attribute(node, "id") ?? "unnamed"}]")],
        _ => Text(node, "text") is { } text ? Lines(text, Marks.None, null) : Spans(node),
    };

    static IEnumerable<Span> Lines(string text, Marks marks, string? href) =>
        text.ReplaceLineEndings("\n").Split('\n').SelectMany((line, i) => i == 0 ? (Span[])[new(line, marks, href)] : [Span.Break, new(line, marks, href)]);

    static Marks MarksOf(JsonElement node) => List(node, "marks").Aggregate(Marks.None, (marks, mark) => marks | TypeOf(mark) switch
    {
        "strong" => Marks.Strong,
        "em" => Marks.Emphasis,
        "strike" => Marks.Strike,
        "code" => Marks.Code,
        _ => Marks.None,
    });

    static string? HrefOf(JsonElement node) =>
        List(node, "marks").Where(m => TypeOf(m) == "link").Select(m => Attribute(m, "href")).FirstOrDefault(h => !string.IsNullOrEmpty(h));

    // Milliseconds since 1970, as a string or a number.
    static string DateOf(JsonElement node)
    {
        var text = Attribute(node, "timestamp") ?? "";
        return long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var ms) && ms is > -62_135_596_800_000 and < 253_402_300_799_000
            ? DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : text;
    }

    static string? TypeOf(JsonElement node) => Text(node, "type");

    static IEnumerable<JsonElement> Children(JsonElement node) => List(node, "content");

    static IEnumerable<JsonElement> List(JsonElement node, string name) =>
        node.ValueKind == JsonValueKind.Object && node.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : [];

    static string? Text(JsonElement node, string name) =>
        node.ValueKind == JsonValueKind.Object && node.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    static string? Attribute(JsonElement node, string name) =>
        node.TryGetProperty("attrs", out var attributes) && attributes.ValueKind == JsonValueKind.Object && attributes.TryGetProperty(name, out var value)
            ? value.ValueKind switch { JsonValueKind.String => value.GetString(), JsonValueKind.Number => value.GetRawText(), _ => null }
            : null;

    static int? Number(JsonElement node, string name) => int.TryParse(Attribute(node, name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var n) ? n : null;
}
