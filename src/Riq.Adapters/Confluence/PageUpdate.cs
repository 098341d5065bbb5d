using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Adapters.Http;
using Riq.Contracts;

namespace Riq.Adapters.Confluence;

/// <summary>
/// Changes a page's title or content on top of whatever version it has. Confluence takes a change only as the version after
/// the present one; the version's message names the request, so that a change whose answer was lost is recognized and not made twice.
/// </summary>
sealed class PageUpdate(ServiceClient client)
{
    public const int MostReapplications = 3;

    /// <summary>Confluence's largest page of versions.</summary>
    const int VersionsLookedAt = 50;

    /// <summary>The page as the answer to the update, or to the read when there was nothing left to do.</summary>
    /// <param name="pageId">Which page.</param>
    /// <param name="title">The new title; null keeps it.</param>
    /// <param name="storage">The new content; null keeps it.</param>
    /// <param name="writer">The request's token, and when its first attempt without an answer began.</param>
    /// <param name="cancellation">The operation's limit.</param>
    public async Task<Answer> Apply(string pageId, string? title, string? storage, PageWriter writer, CancellationToken cancellation)
    {
        var marker = writer.Marker;
        for (var reapplied = 0; ; reapplied++)
        {
            var page = await client.Send(Call.Get(ConfluenceAdapter.PathOf(pageId)), cancellation);
            if (!page.Ok || title is null && storage is null || IsOurs(page.Json.At("version"), marker)) return page;
            if (reapplied == 0 && writer is { Marker: not null, UnclearFrom: not null })
            {
                var (done, error) = await IsInHistory(pageId, writer, cancellation);
                if (error is not null) return error;
                if (done) return page;
            }
            var content = storage ?? page.Json.At("body").At("storage").Text("value");
            // All of a page is sent with every change: guessing what was not read would wipe it.
            if (page.Json.At("version").Integer("number") is not { } version || content is null || (title ?? page.Json.Text("title")) is not { } name)
                return Answer.Failed(ServiceErrors.Unreadable(client.Service, write: false, page.Status, "gave a page without its version, title or body"));

            var body = Body(pageId, page.Json.Text("status") ?? "current", name, content, version + 1, marker);
            var updated = await client.Send(Call.Put($"/wiki/api/v2/pages/{pageId}", body), cancellation);
            if (updated.Ok || updated.Status != 409) return updated;
            if (reapplied == MostReapplications) return Answer.Failed(StillConflicting(updated.Error!));
        }
    }

    static bool IsOurs(JsonElement version, string? marker) =>
        marker is not null && version.Text("message") == RequestMarker.VersionMessage(marker);

    // An earlier attempt's version may have others on top by now: writing it again would undo them.
    async Task<(bool, Answer?)> IsInHistory(string pageId, PageWriter writer, CancellationToken cancellation)
    {
        var answer = await client.Send(Call.Get($"/wiki/api/v2/pages/{pageId}/versions?sort=-modified-date&limit={VersionsLookedAt}"), cancellation);
        return answer.Ok ? (answer.Json.Items("results").Any(v => IsOurs(v, writer.Marker)), null) : (false, answer);
    }

    static JsonObject Body(string pageId, string status, string title, string storage, int version, string? marker) => new()
    {
        ["id"] = pageId,
        ["status"] = status,
        ["title"] = title,
        ["body"] = new JsonObject { ["representation"] = "storage", ["value"] = storage },
        ["version"] = marker is null
            ? new JsonObject { ["number"] = version }
            : new JsonObject { ["number"] = version, ["message"] = RequestMarker.VersionMessage(marker) },
    };

    static AdapterError StillConflicting(AdapterError last) =>
        last with { Message = $"The page was changed by others each of {MostReapplications + 1} times that the update was applied. {last.Message}" };
}
