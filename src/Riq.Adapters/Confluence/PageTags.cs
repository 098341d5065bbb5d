using System.Text.Json;
using Riq.Adapters.Http;

namespace Riq.Adapters.Confluence;

/// <summary>What answers about pages depend on. A write that does not know its page names the unknown one, which every answer about a page carries too.</summary>
static class PageTags
{
    const string Lists = "confluence:lists";

    public static IEnumerable<string> OfPage(JsonElement payload, JsonElement? result)
    {
        yield return Page(payload.Text("page_id"));
        yield return Page(null);
        // It moves up when the page above it is deleted.
        if (result?.Text("parent_id") is { } parent) yield return Below(parent);
    }

    /// <summary>Lists and searches may show any page.</summary>
    public static IEnumerable<string> OfList(JsonElement payload, JsonElement? result) => [Lists];

    public static IEnumerable<string> Created(JsonElement payload, JsonElement? result) => [Lists];

    public static IEnumerable<string> Changed(JsonElement payload, JsonElement? result) => [Page(payload.Text("page_id")), Lists];

    public static IEnumerable<string> Deleted(JsonElement payload, JsonElement? result) => [.. Changed(payload, result), Below(payload.Text("page_id"))];

    static string Page(string? id) => $"confluence:page:{Known(id)}";

    static string Below(string? id) => $"confluence:below:{Known(id)}";

    static string Known(string? id) => id is not null && PageId.IsValid(id) ? id : "?";
}
