using System.Text.Json;
using Riq.Adapters.Http;
using Riq.Contracts;

namespace Riq.Adapters.Confluence;

/// <summary>Confluence's answers → documents as RIQ shows them.</summary>
sealed class PageReader(string? siteUrl)
{
    readonly string? _wiki = siteUrl is null ? null : siteUrl.TrimEnd('/') + "/wiki";

    /// <summary>A page of the v2 interface; null when the answer is none.</summary>
    public Document? Read(JsonElement page, string? linkBase = null)
    {
        if (page.Text("id") is not { } id) return null;
        var version = page.At("version");
        return new()
        {
            Id = id,
            ExternalId = id,
            Title = page.Text("title"),
            Content = page.At("body").At("storage").Text("value") is { } storage ? PageContent.ToMarkdown(storage) : null,
            SpaceId = page.Text("spaceId"),
            ParentId = page.Text("parentId"),
            Version = version.Integer("number"),
            Author = page.Text("authorId"),
            CreatedAt = page.Time("createdAt"),
            UpdatedAt = version.Time("createdAt"),
            DeepLink = Link(page.At("_links").Text("base") ?? linkBase, page.At("_links").Text("webui")),
            Labels = page.At("labels").ValueKind == JsonValueKind.Object ? [.. page.At("labels").Items("results").Select(l => l.Text("name")).OfType<string>()] : null,
            Metadata = MetadataOf(page),
        };
    }

    /// <summary>The pages of one page of a v2 list.</summary>
    public IEnumerable<Document> ReadList(JsonElement list) =>
        list.Items("results").Select(p => Read(p, list.At("_links").Text("base"))).OfType<Document>();

    /// <summary>The pages among the hits of a v1 search; spaces, people and attachments are left out.</summary>
    public IEnumerable<Document> ReadHits(JsonElement search) =>
        search.Items("results").Where(h => h.At("content").Text("type") == "page").Select(h => ReadHit(h, search.At("_links").Text("base"))).OfType<Document>();

    Document? ReadHit(JsonElement hit, string? linkBase)
    {
        var content = hit.At("content");
        if (content.Text("id") is not { } id) return null;
        return new()
        {
            Id = id,
            ExternalId = id,
            Title = content.Text("title") ?? hit.Text("title"),
            SpaceId = content.At("space").Text("id"),
            Version = content.At("version").Integer("number"),
            UpdatedAt = hit.Time("lastModified"),
            DeepLink = Link(linkBase, content.At("_links").Text("webui") ?? hit.Text("url")),
        };
    }

    static IReadOnlyDictionary<string, JsonElement>? MetadataOf(JsonElement page)
    {
        var property = page.At("properties").Items("results").FirstOrDefault(p => p.Text("key") == PageProperties.MetadataKey);
        return PageProperties.AsMetadata(property.At("value"));
    }

    string? Link(string? linkBase, string? path) => path is not null && (linkBase ?? _wiki) is { } wiki ? wiki.TrimEnd('/') + path : null;
}
