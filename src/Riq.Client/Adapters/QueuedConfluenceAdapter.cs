using Riq.Contracts;

namespace Riq.Client.Adapters;

/// <summary>
/// Confluence through RIQ: every method of the direct adapter with the same results. Reads answer from RIQ's cache at once, or wait;
/// writes wait for their end, or answer with a token (<see cref="RiqClientOptions.WaitForWrites"/>, <see cref="QueuedCall.Wait"/>).
/// <c>marker</c>, when given, is the write's idempotency key.
/// </summary>
public sealed class QueuedConfluenceAdapter : IDocumentAdapter
{
    readonly QueuedCalls _calls;
    readonly QueuedCall _call;

    internal QueuedConfluenceAdapter(QueuedCalls calls, QueuedCall call) => (_calls, _call) = (calls, call);

    internal QueuedConfluenceAdapter With(QueuedCall call) => new(_calls, call.Over(_call));

    /// <inheritdoc />
    public Task<AdapterResult<Document>> GetPage(string pageId, CancellationToken cancellation = default) =>
        Run<Document>(QueuedOperation.Read("confluence.get_page", new { pageId }, pageId), marker: null, cancellation);

    /// <inheritdoc />
    public Task<AdapterResult<DocumentPage>> GetPageChildren(string pageId, int? limit = null, CancellationToken cancellation = default) =>
        Run<DocumentPage>(QueuedOperation.Read("confluence.get_page_children", new { pageId, limit }), marker: null, cancellation);

    /// <inheritdoc />
    public Task<AdapterResult<DocumentPage>> SearchPages(DocumentQuery query, CancellationToken cancellation = default) =>
        Run<DocumentPage>(QueuedOperation.Read("confluence.search_pages", query), marker: null, cancellation);

    /// <inheritdoc />
    public Task<AdapterResult<Document>> CreatePage(NewDocument page, string? marker = null, CancellationToken cancellation = default) =>
        Run<Document>(QueuedOperation.Write("confluence.create_page", page), marker, cancellation);

    /// <inheritdoc />
    public Task<AdapterResult<Document>> UpdatePage(DocumentChange change, string? marker = null, CancellationToken cancellation = default) =>
        Run<Document>(QueuedOperation.Write("confluence.update_page", change, change.PageId), marker, cancellation);

    /// <inheritdoc />
    public Task<AdapterResult<Deleted>> DeletePage(string pageId, string? marker = null, CancellationToken cancellation = default) =>
        Run<Deleted>(QueuedOperation.Write("confluence.delete_page", new { pageId }, pageId), marker, cancellation);

    Task<AdapterResult<T>> Run<T>(QueuedOperation operation, string? marker, CancellationToken cancellation) => _calls.Run<T>(operation, _call, marker, cancellation);
}
