using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Riq.Adapters.Http;

/// <summary>
/// What an error's body says, in the shapes that Atlassian uses: Jira's errorMessages and field errors, Confluence's list
/// of errors, the older message, the gateway's and OAuth's. HTML, empty and anything else say nothing.
/// </summary>
/// <param name="Text">For people, at most <see cref="MaxText"/> characters; null when there is none.</param>
/// <param name="Details">The field errors; null when there are none.</param>
readonly record struct ErrorBody(string? Text, JsonObject? Details)
{
    public const int MaxText = 500;
    const int MaxEntries = 50;

    public static ErrorBody Read(string body, Secrets secrets)
    {
        if (!body.AsSpan().TrimStart().StartsWith("{")) return default;
        try
        {
            using var document = JsonDocument.Parse(MendedJson.Of(Encoding.UTF8.GetBytes(body)));
            return Read(document.RootElement, secrets);
        }
        catch (JsonException) { return default; }   // cut off or not JSON after all: the status has to do
    }

    static ErrorBody Read(JsonElement root, Secrets secrets)
    {
        var texts = new List<string>();
        JsonObject? details = null;
        if (root.TryGetProperty("errorMessages", out var messages) && messages.ValueKind == JsonValueKind.Array)
            texts.AddRange(messages.EnumerateArray().Take(MaxEntries).Select(m => Clean(m, secrets)));
        if (root.TryGetProperty("errors", out var errors)) details = ReadErrors(errors, texts, secrets);
        foreach (var name in (string[])["message", "error_description"])
            if (root.TryGetProperty(name, out var message) && message.ValueKind == JsonValueKind.String) texts.Add(Clean(message, secrets));

        var text = string.Join(" ", texts.Where(t => t.Length > 0).Distinct());
        return new(text.Length == 0 ? null : Cut(text), details is { Count: > 0 } ? details : null);
    }

    static JsonObject? ReadErrors(JsonElement errors, List<string> texts, Secrets secrets)
    {
        if (errors.ValueKind == JsonValueKind.Object)
        {
            var fields = new JsonObject();
            foreach (var field in errors.EnumerateObject().Take(MaxEntries))
            {
                var (name, text) = (Cut(secrets.Remove(field.Name)), Clean(field.Value, secrets));
                fields[name] = text;
                texts.Add($"{name}: {text}");
            }
            return fields;
        }
        if (errors.ValueKind != JsonValueKind.Array) return null;
        var list = new JsonArray();
        foreach (var error in errors.EnumerateArray().Take(MaxEntries).Where(e => e.ValueKind == JsonValueKind.Object))
        {
            var kept = new JsonObject();
            foreach (var name in (string[])["code", "title", "detail"])
                if (error.TryGetProperty(name, out var value) && value.ValueKind is not JsonValueKind.Null) kept[name] = Clean(value, secrets);
            texts.Add(string.Join(": ", ((string[])["title", "detail"]).Select(n => kept[n]?.GetValue<string>()).Where(t => !string.IsNullOrEmpty(t))));
            list.Add(kept);
        }
        return list.Count == 0 ? null : new JsonObject { ["errors"] = list };
    }

    static string Clean(JsonElement value, Secrets secrets) =>
        Cut(secrets.Remove(value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText()));

    static string Cut(string text)
    {
        var plain = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        if (plain.Length <= MaxText) return plain;
        var end = char.IsHighSurrogate(plain[MaxText - 1]) ? MaxText - 1 : MaxText;
        return plain[..end] + "…";
    }
}
