using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Simulator.Exchange;

namespace Riq.Simulator.Confluence;

/// <summary>Labels, which only version 1 of the API writes.</summary>
sealed class LabelRoutes(ConfluenceStore store, PageRoutes pages)
{
    const int MaxLength = 255;

    public void Map(RouteTable.RouteGroup routes) => routes
        .Read("content/{id}/label", call => Answer.Ok(Labels(call, pages.Find(call).State)))
        .Write("POST", "content/{id}/label", Add)
        .Write("DELETE", "content/{id}/label", call => Remove(call, call.Query("name") ?? ""))
        .Write("DELETE", "content/{id}/label/{name}", call => Remove(call, call.Segment("name")));

    Answer Add(Call call)
    {
        var names = (call.Body.ValueKind == JsonValueKind.Array ? [.. call.Body.EnumerateArray()] : new[] { call.Body }).Select(Name).ToArray();
        var changed = Change(call, state => state with { Labels = state.Labels.Union(names) });
        return Answer.Ok(Labels(call, changed));
    }

    Answer Remove(Call call, string name)
    {
        Change(call, state => state.Labels.Contains(name) ? state with { Labels = state.Labels.Remove(name) } : throw Refusal(404, $"No label '{name}' on this content."));
        return Answer.NoContent;
    }

    PageState Change(Call call, Func<PageState, PageState> change)
    {
        var changed = store.Change(pages.Find(call), call.Worker, call.WorkAt, change) ?? throw PageWriter.NoPage(call);
        call.Committed = true;
        return changed;
    }

    static string Name(JsonElement label)
    {
        var name = label.ValueKind == JsonValueKind.Object && label.TryGetProperty("name", out var given) && given.ValueKind == JsonValueKind.String ? given.GetString()!.ToLowerInvariant() : "";
        if (name.Length is 0 or > MaxLength || name.Any(char.IsWhiteSpace)) throw Refusal(400, $"The label '{name}' is invalid: it must have 1 to {MaxLength} characters and no spaces.");
        return name;
    }

    static JsonObject Labels(Call call, PageState page) => new()
    {
        ["results"] = new JsonArray([.. page.Labels.Select(l => (JsonNode)PageJson.Label(l))]), ["start"] = 0, ["limit"] = 200, ["size"] = page.Labels.Count,
        ["_links"] = new JsonObject { ["base"] = $"{call.Origin}/wiki", ["self"] = $"{call.Origin}{call.Path}" },
    };

    /// <summary>In version 1's shape.</summary>
    static SiteException Refusal(int status, string message) => new(status, new JsonObject { ["statusCode"] = status, ["message"] = message, ["data"] = new JsonObject() });
}
