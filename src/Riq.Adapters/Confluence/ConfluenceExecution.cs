using System.Text.Json;
using Riq.Contracts;

namespace Riq.Adapters.Confluence;

/// <summary>Which method runs which operation.</summary>
static class ConfluenceExecution
{
    sealed record Children(string PageId, int? Limit);

    public static Task<AdapterResult<JsonElement>> Run(ConfluenceAdapter confluence, OperationCall call, CancellationToken cancellation)
    {
        if (Execution.Refusal(call) is { } refusal) return Task.FromResult(refusal);
        return call.Operation.Name switch
        {
            "confluence.get_page" => confluence.GetPage(call.Text("page_id"), cancellation).AsJson(),
            "confluence.get_page_children" => ReadChildren(confluence, call.Read<Children>(), cancellation).AsJson(),
            "confluence.search_pages" => confluence.SearchPages(call.Read<DocumentQuery>(), call.MustShow, cancellation).AsJson(),
            "confluence.create_page" => confluence.CreatePage(call.Read<NewDocument>(), WriterOf(call), cancellation).AsJson(),
            "confluence.update_page" => confluence.UpdatePage(call.Read<DocumentChange>(), WriterOf(call), cancellation).AsJson(),
            "confluence.delete_page" => confluence.DeletePage(call.Text("page_id"), call.Marker, cancellation).AsJson(),
            _ => Execution.Unknown(call),
        };
    }

    public static Task<AdapterResult<EffectSearch>> FindEffect(ConfluenceAdapter confluence, OperationCall call, CancellationToken cancellation) => call.Operation.Name switch
    {
        "confluence.create_page" => confluence.FindCreated(call.Read<NewDocument>(), WriterOf(call), cancellation),
        _ => Execution.NoEffectSearch(call),
    };

    static PageWriter WriterOf(OperationCall call) => new(call.Marker, call.UnclearFrom);

    static Task<AdapterResult<DocumentPage>> ReadChildren(IDocumentAdapter confluence, Children asked, CancellationToken cancellation) =>
        confluence.GetPageChildren(asked.PageId, asked.Limit, cancellation);
}
