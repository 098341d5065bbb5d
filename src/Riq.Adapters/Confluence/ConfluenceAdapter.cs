using System.Text.Json;
using Riq.Adapters.Http;
using Riq.Contracts;

namespace Riq.Adapters.Confluence;

/// <summary>Confluence Cloud over its REST API v2, and v1 where v2 has nothing (search, labels).</summary>
sealed class ConfluenceAdapter : IDocumentAdapter, IServiceAdapter, IDisposable
{
    public const string ServiceName = "confluence";
    const int DefaultChildren = 50;
    const int MostChildren = 250;
    const int DefaultHits = 25;
    const int MostHits = 100;

    readonly ServiceClient _client;
    readonly Spaces _spaces;
    readonly PageReader _reader;
    readonly PageLists _lists;
    readonly PageUpdate _update;
    readonly PageCreation _creation;
    readonly PageExtras _extras;
    readonly IndexCatchUp _index;

    public ConfluenceAdapter(ServiceClient client, string? siteUrl, TimeProvider time)
    {
        var properties = new PageProperties(client);
        (_client, _reader, _spaces, _lists, _update) = (client, new(siteUrl), new(client, time), new(client), new(client));
        _extras = new(client, properties);
        _index = new(client, time);
        _creation = new(client, _spaces, properties, _reader, _extras);
    }

    public string Service => ServiceName;

    public IReadOnlyList<OperationDeclaration> Operations => ConfluenceOperations.All;

    public Task<AdapterResult<JsonElement>> Execute(OperationCall call, CancellationToken cancellation) => ConfluenceExecution.Run(this, call, cancellation);

    public Task<AdapterResult<EffectSearch>> FindEffect(OperationCall call, CancellationToken cancellation) => ConfluenceExecution.FindEffect(this, call, cancellation);

    public async Task<AdapterResult<JsonElement>> Probe(CancellationToken cancellation)
    {
        var answer = await _client.Send(Call.Get("/wiki/api/v2/spaces?limit=1"), cancellation);
        return answer.Ok ? answer.Result(answer.Json) : answer.Failure<JsonElement>();
    }

    /// <summary>A page with all that is shown of it, in one call.</summary>
    public static string PathOf(string pageId) => $"/wiki/api/v2/pages/{pageId}?body-format=storage&include-labels=true&include-properties=true";

    public async Task<AdapterResult<Document>> GetPage(string pageId, CancellationToken cancellation = default)
    {
        if (!PageId.IsValid(pageId)) return PageId.Refused<Document>("page_id", pageId);
        return ReadPage(await _client.Send(Call.Get(PathOf(pageId)), cancellation), write: false);
    }

    public Task<AdapterResult<DocumentPage>> GetPageChildren(string pageId, int? limit = null, CancellationToken cancellation = default)
    {
        if (!PageId.IsValid(pageId)) return Task.FromResult(PageId.Refused<DocumentPage>("page_id", pageId));
        var most = Math.Clamp(limit ?? DefaultChildren, 1, MostChildren);
        return _lists.Read($"/wiki/api/v2/pages/{pageId}/children?limit={most}", most, _reader.ReadList, cancellation);
    }

    public Task<AdapterResult<DocumentPage>> SearchPages(DocumentQuery query, CancellationToken cancellation = default) => SearchPages(query, [], cancellation);

    /// <summary>The same, with results of writes that it must see although Confluence's index lags.</summary>
    public async Task<AdapterResult<DocumentPage>> SearchPages(DocumentQuery query, IReadOnlyList<JsonElement> mustShow, CancellationToken cancellation)
    {
        var hasCql = !string.IsNullOrWhiteSpace(query.Cql);
        var words = SearchText.Words(query.Query);
        if (hasCql && words is not null) return Answer.Refused<DocumentPage>("Give either cql or query, not both.");
        if (!hasCql && words is null) return Answer.Refused<DocumentPage>("The search has no condition: give cql or a query with at least one word.");

        var space = string.IsNullOrWhiteSpace(query.SpaceId) ? AdapterResult<string?>.Ok(null) : (await _spaces.KeyOf(query.SpaceId.Trim(), cancellation)).Map<string?>(k => k);
        if (!space.Success) return space.Map<DocumentPage>(_ => null!);
        var cql = hasCql ? space.Data is null ? query.Cql! : Cql.Within(query.Cql!, space.Data) : Cql.Words(words!, space.Data);
        var limit = Math.Clamp(query.Limit ?? DefaultHits, 1, MostHits);
        if (await _index.Await(mustShow, cancellation) is { } notYet) return AdapterResult<DocumentPage>.Fail(notYet);
        return await _lists.Read($"/wiki/rest/api/search?cql={Uri.EscapeDataString(cql)}&limit={limit}", limit, _reader.ReadHits, cancellation);
    }

    public Task<AdapterResult<Document>> CreatePage(NewDocument page, string? marker = null, CancellationToken cancellation = default) =>
        CreatePage(page, new PageWriter(marker, null), cancellation);

    /// <summary>As a repetition after an attempt without an answer, which may find that attempt's page.</summary>
    public async Task<AdapterResult<Document>> CreatePage(NewDocument page, PageWriter writer, CancellationToken cancellation)
    {
        if (PageContent.ToStorage(page.Content, out var problem) is not { } storage) return Answer.Refused<Document>(problem!);
        return await _creation.Create(page, storage, writer, cancellation);
    }

    /// <summary>Looks for the page of a <c>confluence.create_page</c>.</summary>
    public async Task<AdapterResult<EffectSearch>> FindCreated(NewDocument page, PageWriter writer, CancellationToken cancellation)
    {
        if (PageContent.ToStorage(page.Content, out var problem) is not { } storage) return Answer.Refused<EffectSearch>(problem!);
        return await _creation.Find(page, storage, writer, cancellation);
    }

    public Task<AdapterResult<Document>> UpdatePage(DocumentChange change, string? marker = null, CancellationToken cancellation = default) =>
        UpdatePage(change, new PageWriter(marker, null), cancellation);

    /// <summary>As a repetition after an attempt without an answer: what that one has done already is not done again.</summary>
    public async Task<AdapterResult<Document>> UpdatePage(DocumentChange change, PageWriter writer, CancellationToken cancellation)
    {
        if (!PageId.IsValid(change.PageId)) return PageId.Refused<Document>("page_id", change.PageId);
        string? problem = null;
        var storage = change.Content is null ? null : PageContent.ToStorage(change.Content, out problem);
        if (problem is not null) return Answer.Refused<Document>(problem);

        var answer = await _update.Apply(change.PageId, change.Title, storage, writer, cancellation);
        var page = ReadPage(answer, write: true);
        if (!page.Success || !PageExtras.Any(change.Labels, change.Metadata)) return page;
        return await _extras.Add(page.Data!, change.Labels, change.Metadata, answer.Status, cancellation);
    }

    public async Task<AdapterResult<Deleted>> DeletePage(string pageId, string? marker = null, CancellationToken cancellation = default)
    {
        if (!PageId.IsValid(pageId)) return PageId.Refused<Deleted>("page_id", pageId);
        var answer = await _client.Send(Call.Delete($"/wiki/api/v2/pages/{pageId}"), cancellation);
        // Gone is what was asked for: after a lost answer the repeat finds nothing.
        return answer.Ok || answer.IsGone ? answer.Result(new Deleted(pageId)) : answer.Failure<Deleted>();
    }

    AdapterResult<Document> ReadPage(Answer answer, bool write)
    {
        if (!answer.Ok) return answer.Failure<Document>();
        return _reader.Read(answer.Json) is { } page
            ? answer.Result(page)
            : Answer.Failure<Document>(ServiceErrors.Unreadable(ServiceName, write, answer.Status, "sent an answer without the expected fields"));
    }

    public void Dispose() => _client.Dispose();
}
