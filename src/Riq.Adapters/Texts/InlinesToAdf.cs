using System.Text.Json.Nodes;
using Markdig.Syntax.Inlines;

namespace Riq.Adapters.Texts;

/// <summary>The inline part of <see cref="MarkdownToAdf"/>: text nodes with marks and hard breaks, never an empty text nor a newline in one.</summary>
sealed class InlinesToAdf(string source)
{
    static readonly string[] RefusedSchemes = ["javascript", "data", "vbscript"];

    /// <summary>What surrounds a piece of text.</summary>
    readonly record struct Around(bool Strong, bool Emphasis, bool Strike, string? Href);

    public JsonArray Convert(ContainerInline? inlines, bool strong = false)
    {
        var nodes = new JsonArray();
        if (inlines is not null) foreach (var inline in inlines) Add(nodes, inline, new(strong, false, false, null));
        // A break at the very end shows nothing and is not kept by the editor.
        while (nodes.Count > 0 && IsBreak(nodes[^1]!)) nodes.RemoveAt(nodes.Count - 1);
        return nodes;
    }

    /// <summary>Text as it stands, lines parted by hard breaks.</summary>
    public static JsonArray PlainText(string text)
    {
        var nodes = new JsonArray();
        AddText(nodes, text, default, code: false);
        return nodes;
    }

    void Add(JsonArray nodes, Inline inline, Around around)
    {
        switch (inline)
        {
            case LiteralInline literal: AddText(nodes, literal.Content.ToString(), around, code: false); break;
            case CodeInline code: AddText(nodes, code.Content, around, code: true); break;
            case LineBreakInline: AddBreak(nodes); break;
            case HtmlEntityInline entity: AddText(nodes, entity.Transcoded.ToString(), around, code: false); break;
            case HtmlInline html: AddText(nodes, html.Tag, around, code: false); break;
            case AutolinkInline link: AddText(nodes, link.Url, around with { Href = Allowed(link.IsEmail ? "mailto:" + link.Url : link.Url) ?? around.Href }, code: false); break;
            case LinkInline link: AddLink(nodes, link, around); break;
            case EmphasisInline emphasis: AddAll(nodes, emphasis, Within(around, emphasis)); break;
            case ContainerInline container: AddAll(nodes, container, around); break;
            default: AddText(nodes, SourceOf(inline), around, code: false); break;
        }
    }

    void AddAll(JsonArray nodes, ContainerInline container, Around around)
    {
        foreach (var inline in container) Add(nodes, inline, around);
    }

    static Around Within(Around around, EmphasisInline emphasis) => emphasis switch
    {
        { DelimiterChar: '~' } => around with { Strike = true },
        { DelimiterCount: 2 } => around with { Strong = true },
        _ => around with { Emphasis = true },
    };

    // A link without a usable target stays as it was written; an image becomes a link to it, for ADF shows uploaded files only.
    void AddLink(JsonArray nodes, LinkInline link, Around around)
    {
        if (Allowed(link.GetDynamicUrl?.Invoke() ?? link.Url) is not { } href) { AddText(nodes, SourceOf(link), around, code: false); return; }
        var before = nodes.Count;
        AddAll(nodes, link, around with { Href = href });
        if (nodes.Count == before) AddText(nodes, href, around with { Href = href }, code: false);
    }

    static string? Allowed(string? url)
    {
        if (string.IsNullOrWhiteSpace(url) || url.Any(char.IsControl)) return null;
        var scheme = url.TrimStart().Split(':', 2)[0];
        return RefusedSchemes.Contains(scheme, StringComparer.OrdinalIgnoreCase) ? null : url;
    }

    string SourceOf(Inline inline)
    {
        var (start, end) = (Math.Max(inline.Span.Start, 0), Math.Min(inline.Span.End, source.Length - 1));
        return start > end ? "" : source[start..(end + 1)];
    }

    static void AddText(JsonArray nodes, string text, Around around, bool code)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (i > 0) AddBreak(nodes);
            if (lines[i].Length > 0) Append(nodes, lines[i], MarksOf(around, code));
        }
    }

    static void AddBreak(JsonArray nodes)
    {
        nodes.Add(new JsonObject { ["type"] = "hardBreak" });
    }

    // Pieces that the parser cut (an escaped character, an entity) are one text again.
    static void Append(JsonArray nodes, string text, JsonArray? marks)
    {
        if (nodes.Count > 0 && nodes[^1] is JsonObject last && last["text"] is { } before && JsonNode.DeepEquals(last["marks"], marks))
        {
            last["text"] = before.GetValue<string>() + text;
            return;
        }
        var node = new JsonObject { ["type"] = "text", ["text"] = text };
        if (marks is not null) node["marks"] = marks;
        nodes.Add(node);
    }

    // ADF allows code together with a link only.
    static JsonArray? MarksOf(Around around, bool code)
    {
        var marks = new JsonArray();
        if (around.Href is { } href) marks.Add(new JsonObject { ["type"] = "link", ["attrs"] = new JsonObject { ["href"] = href } });
        if (code) marks.Add(Mark("code"));
        else
        {
            if (around.Strong) marks.Add(Mark("strong"));
            if (around.Emphasis) marks.Add(Mark("em"));
            if (around.Strike) marks.Add(Mark("strike"));
        }
        return marks.Count == 0 ? null : marks;
    }

    static JsonObject Mark(string type) => new() { ["type"] = type };

    static bool IsBreak(JsonNode node) => node["type"]!.GetValue<string>() == "hardBreak";
}
