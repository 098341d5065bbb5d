using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Riq.Simulator.Jira.Adf;

/// <summary>Between documents and plain text: version 2 of the API and text searches see text only.</summary>
static class AdfText
{
    /// <summary>The text of a document, or the text itself.</summary>
    public static string Plain(JsonElement documentOrText)
    {
        if (documentOrText.ValueKind == JsonValueKind.String) return documentOrText.GetString()!;
        if (documentOrText.ValueKind != JsonValueKind.Object) return "";
        var text = new StringBuilder();
        Append(documentOrText, text);
        return text.ToString().TrimEnd('\n');
    }

    /// <summary>As version 3 shows it: a document also when a text was given.</summary>
    public static JsonNode? ToDocument(JsonElement documentOrText) => documentOrText.ValueKind switch
    {
        JsonValueKind.Object => JsonObject.Create(documentOrText),
        JsonValueKind.String when documentOrText.GetString() is { Length: > 0 } text => FromText(text),
        _ => null,
    };

    public static JsonObject FromText(string text) => new()
    {
        ["type"] = "doc", ["version"] = 1,
        ["content"] = new JsonArray([.. text.Split("\n\n").Select(paragraph => (JsonNode)new JsonObject { ["type"] = "paragraph", ["content"] = Lines(paragraph) })]),
    };

    static JsonArray Lines(string paragraph)
    {
        var content = new JsonArray();
        foreach (var line in paragraph.Split('\n'))
        {
            if (content.Count > 0) content.Add(new JsonObject { ["type"] = "hardBreak" });
            if (line.Length > 0) content.Add(new JsonObject { ["type"] = "text", ["text"] = line });
        }
        return content;
    }

    static void Append(JsonElement node, StringBuilder text)
    {
        if (node.TryGetProperty("text", out var own) && own.ValueKind == JsonValueKind.String) text.Append(own.GetString());
        var type = node.TryGetProperty("type", out var name) ? name.GetString() : null;
        if (type == "hardBreak") text.Append('\n');
        if (node.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.Array)
            foreach (var child in content.EnumerateArray()) Append(child, text);
        if (type is "paragraph" or "heading" or "codeBlock" or "tableRow" or "rule") text.Append('\n');
    }
}
