using System.Text.Json;

namespace Riq.Simulator.Jira.Adf;

/// <summary>Refuses what Jira refuses of a document: wrong nesting, empty texts, line breaks in texts, marks that do not go together.</summary>
static class AdfValidator
{
    public const int MaxTextLength = 32_767;
    const int MaxDepth = 60;

    static readonly HashSet<string> Blocks =
    [
        "paragraph", "heading", "bulletList", "orderedList", "codeBlock", "blockquote", "rule", "table", "panel", "mediaSingle", "mediaGroup", "expand", "nestedExpand",
        "taskList", "decisionList", "blockCard", "embedCard", "layoutSection", "extension", "bodiedExtension",
    ];

    static readonly HashSet<string> Inlines = ["text", "hardBreak", "mention", "emoji", "date", "status", "inlineCard", "mediaInline", "placeholder", "inlineExtension"];

    static readonly HashSet<string> Marks = ["strong", "em", "strike", "code", "link", "underline", "subsup", "textColor", "backgroundColor", "annotation", "border", "alignment", "indentation", "breakout"];

    /// <summary>Which children a node may have; nodes that are not here are not looked into.</summary>
    static readonly Dictionary<string, HashSet<string>> Children = new()
    {
        ["doc"] = Blocks, ["paragraph"] = Inlines, ["heading"] = Inlines, ["codeBlock"] = ["text"], ["bulletList"] = ["listItem"], ["orderedList"] = ["listItem"],
        ["listItem"] = ["paragraph", "bulletList", "orderedList", "codeBlock", "mediaSingle", "taskList"],
        ["blockquote"] = ["paragraph", "bulletList", "orderedList", "codeBlock", "mediaSingle", "mediaGroup", "extension"],
        ["panel"] = ["paragraph", "heading", "bulletList", "orderedList", "codeBlock", "rule", "blockCard", "mediaSingle", "mediaGroup", "taskList", "decisionList", "extension"],
        ["table"] = ["tableRow"], ["tableRow"] = ["tableCell", "tableHeader"], ["tableCell"] = Blocks, ["tableHeader"] = Blocks,
        ["rule"] = [], ["hardBreak"] = [], ["text"] = [],
    };

    static readonly HashSet<string> NeedChildren = ["bulletList", "orderedList", "listItem", "blockquote", "table", "tableRow", "tableCell", "tableHeader", "panel"];

    /// <summary>What is wrong with a document; null when it is right.</summary>
    public static string? Problem(JsonElement document)
    {
        if (document.ValueKind != JsonValueKind.Object || TypeOf(document) != "doc") return "Operation value must be an Atlassian Document (see the Atlassian Document Format)";
        if (!document.TryGetProperty("version", out var version) || version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out var number) || number != 1) return "INVALID_INPUT: the version of a document must be 1.";
        if (!document.TryGetProperty("content", out var content) || content.ValueKind != JsonValueKind.Array) return "INVALID_INPUT: a document must have content.";
        if (document.GetRawText().Length > MaxTextLength && AdfText.Plain(document).Length > MaxTextLength) return $"The entered text is too long. It exceeds the allowed limit of {MaxTextLength:N0} characters.";
        return InNode(document, "doc", 0) is { } problem ? $"INVALID_INPUT: {problem}" : null;
    }

    static string? InNode(JsonElement node, string type, int depth)
    {
        if (depth > MaxDepth) return $"nodes are nested deeper than {MaxDepth} levels.";
        if (Own(node, type) is { } own) return own;
        var children = node.TryGetProperty("content", out var content) ? content : default;
        if (children.ValueKind is not (JsonValueKind.Array or JsonValueKind.Undefined)) return $"content of {type} must be an array.";
        if (children.ValueKind == JsonValueKind.Undefined || children.GetArrayLength() == 0) return NeedChildren.Contains(type) ? $"{type} must not be empty." : null;

        foreach (var child in children.EnumerateArray())
        {
            if (TypeOf(child) is not { } childType) return $"a node in {type} has no type.";
            if (Children.TryGetValue(type, out var allowed) && !allowed.Contains(childType)) return $"{childType} is not allowed in {type}.";
            if (childType == "text" && TextProblem(child, type) is { } wrongText) return wrongText;
            if (InNode(child, childType, depth + 1) is { } inner) return inner;
        }
        return type == "listItem" && TypeOf(children[0]) is not ("paragraph" or "codeBlock" or "mediaSingle") ? "listItem must start with a paragraph." : null;
    }

    static string? Own(JsonElement node, string type) => type == "heading" && HeadingLevel(node) is not (>= 1 and <= 6) ? "the level of a heading must be from 1 to 6." : null;

    static int HeadingLevel(JsonElement heading) =>
        heading.TryGetProperty("attrs", out var attributes) && attributes.ValueKind == JsonValueKind.Object
        && attributes.TryGetProperty("level", out var level) && level.ValueKind == JsonValueKind.Number && level.TryGetInt32(out var number) ? number : 0;

    static string? TextProblem(JsonElement text, string parent)
    {
        if (!text.TryGetProperty("text", out var value) || value.ValueKind != JsonValueKind.String) return "a text node has no text.";
        if (value.ValueEquals("")) return "a text node must not be empty.";
        if (parent != "codeBlock" && value.GetString()!.AsSpan().IndexOfAny('\n', '\r') >= 0) return "a text node must not contain a line break.";
        return text.TryGetProperty("marks", out var marks) ? MarksProblem(marks, parent) : null;
    }

    static string? MarksProblem(JsonElement marks, string parent)
    {
        if (marks.ValueKind != JsonValueKind.Array) return "marks must be an array.";
        string?[] types = [.. marks.EnumerateArray().Select(TypeOf)];
        if (types.Any(t => t is null || !Marks.Contains(t))) return "a mark is not known.";
        if (parent == "codeBlock" && types.Length > 0) return "text in a codeBlock must not have marks.";
        if (types.Contains("code") && types.Any(t => t is not ("code" or "link" or "annotation"))) return "the mark code goes only with link.";
        return types.Distinct().Count() < types.Length ? "a mark is given twice." : null;
    }

    static string? TypeOf(JsonElement node) =>
        node.ValueKind == JsonValueKind.Object && node.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String ? type.GetString() : null;
}
