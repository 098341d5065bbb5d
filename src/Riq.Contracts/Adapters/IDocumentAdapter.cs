using System.Text.Json;

namespace Riq.Contracts;

/// <summary>
/// Documents (pages) of a wiki such as Confluence. Every method makes the calls of one operation and never throws for
/// what the service did. <c>marker</c> is left at the service with a write where that is possible; null when called outside RIQ.
/// </summary>
public interface IDocumentAdapter
{
    /// <summary><c>confluence.get_page</c>.</summary>
    Task<AdapterResult<Document>> GetPage(string pageId, CancellationToken cancellation = default);
    /// <summary><c>confluence.get_page_children</c>; <paramref name="limit"/> is 1 to 250, 50 by default.</summary>
    Task<AdapterResult<DocumentPage>> GetPageChildren(string pageId, int? limit = null, CancellationToken cancellation = default);
    /// <summary><c>confluence.search_pages</c>.</summary>
    Task<AdapterResult<DocumentPage>> SearchPages(DocumentQuery query, CancellationToken cancellation = default);
    /// <summary><c>confluence.create_page</c>.</summary>
    Task<AdapterResult<Document>> CreatePage(NewDocument page, string? marker = null, CancellationToken cancellation = default);
    /// <summary><c>confluence.update_page</c>: fields that are null stay as they are.</summary>
    Task<AdapterResult<Document>> UpdatePage(DocumentChange change, string? marker = null, CancellationToken cancellation = default);
    /// <summary><c>confluence.delete_page</c>; success when it is gone already.</summary>
    Task<AdapterResult<Deleted>> DeletePage(string pageId, string? marker = null, CancellationToken cancellation = default);
}

/// <summary>A document as RIQ shows it, whatever the wiki. Fields that a call did not give are null.</summary>
public sealed record Document
{
    /// <summary>The page's id.</summary>
    public required string Id { get; init; }
    /// <summary>The wiki's own id; the same as <see cref="Id"/> in Confluence.</summary>
    public string? ExternalId { get; init; }
    /// <summary>One line.</summary>
    public string? Title { get; init; }
    /// <summary>Markdown.</summary>
    public string? Content { get; init; }
    /// <summary>The numeric id of the space.</summary>
    public string? SpaceId { get; init; }
    /// <summary>The id of the page above.</summary>
    public string? ParentId { get; init; }
    /// <summary>Counted from 1.</summary>
    public int? Version { get; init; }
    /// <summary>The account id of who made it.</summary>
    public string? Author { get; init; }
    /// <summary>UTC.</summary>
    public DateTimeOffset? CreatedAt { get; init; }
    /// <summary>UTC; of the newest version.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }
    /// <summary>Where a person sees it.</summary>
    public string? DeepLink { get; init; }
    /// <summary>The page's labels.</summary>
    public IReadOnlyList<string>? Labels { get; init; }
    /// <summary>The page's properties that RIQ's clients set.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Metadata { get; init; }
}

/// <summary>A list of documents.</summary>
/// <param name="Pages">In the order of the answer.</param>
public sealed record DocumentPage(IReadOnlyList<Document> Pages);

/// <summary>A search: <see cref="Query"/> (words) or <see cref="Cql"/>.</summary>
public sealed record DocumentQuery
{
    /// <summary>Words in title or body.</summary>
    public string? Query { get; init; }
    /// <summary>A CQL query; excludes <see cref="Query"/>.</summary>
    public string? Cql { get; init; }
    /// <summary>Only in this space: key or numeric id.</summary>
    public string? SpaceId { get; init; }
    /// <summary>The most pages to give, 1 to 100; 25 by default.</summary>
    public int? Limit { get; init; }
}

/// <summary>A page to be created.</summary>
public sealed record NewDocument
{
    /// <summary>One line; unique in its space.</summary>
    public required string Title { get; init; }
    /// <summary>Storage format (XHTML) when it begins with a tag, else Markdown.</summary>
    public required string Content { get; init; }
    /// <summary>The space's key or numeric id.</summary>
    public required string SpaceId { get; init; }
    /// <summary>The id of the page above.</summary>
    public string? ParentId { get; init; }
    /// <summary>Labels to add.</summary>
    public IReadOnlyList<string>? Labels { get; init; }
    /// <summary>Stored as page properties.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Metadata { get; init; }
}

/// <summary>Changes to a page: null leaves a field as it is.</summary>
public sealed record DocumentChange
{
    /// <summary>The page's id.</summary>
    public required string PageId { get; init; }
    /// <summary>One line; unique in its space.</summary>
    public string? Title { get; init; }
    /// <summary>Storage format (XHTML) when it begins with a tag, else Markdown.</summary>
    public string? Content { get; init; }
    /// <summary>Labels to add.</summary>
    public IReadOnlyList<string>? Labels { get; init; }
    /// <summary>Properties to set.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Metadata { get; init; }
}
