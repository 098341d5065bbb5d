using System.Text.Json;
using System.Text.Json.Nodes;
using Riq.Adapters.Http;
using Riq.Contracts;

namespace Riq.Adapters.Confluence;

/// <summary>
/// Creates a page, then what Confluence takes only afterwards: labels and metadata. When these fail, a repeat finds the page by
/// its title and goes on, provided that it bears the request's marker: another page of that title is a refusal.
/// </summary>
sealed class PageCreation(ServiceClient client, Spaces spaces, PageProperties properties, PageReader reader, PageExtras extras)
{
    const string TitleTaken = "already exists with the same TITLE";

    public async Task<AdapterResult<Document>> Create(NewDocument page, string storage, string? marker, CancellationToken cancellation)
    {
        var space = await spaces.IdOf(page.SpaceId.Trim(), cancellation);
        if (!space.Success) return space.Map<Document>(_ => null!);

        var call = Call.Post("/wiki/api/v2/pages", Body(page, space.Data!, storage));
        var created = await client.Send(call, cancellation);
        if (created.Status == 404) spaces.Forget(page.SpaceId.Trim());
        if (IsTitleTaken(created)) return await GoOn(page, space.Data!, created.Error!, marker, cancellation);
        if (!created.Ok) return created.Failure<Document>();
        if (reader.Read(created.Json) is not { } document)
            return Answer.Failure<Document>(ServiceErrors.Unreadable(client.Service, call.Write, created.Status, "sent an answer without the expected fields"));
        return await Complete(document with { Content = document.Content ?? PageContent.ToMarkdown(storage) }, page, created.Status, marker, isMarked: false, cancellation);
    }

    static JsonObject Body(NewDocument page, string spaceId, string storage)
    {
        var body = new JsonObject
        {
            ["spaceId"] = spaceId, ["status"] = "current", ["title"] = page.Title,
            ["body"] = new JsonObject { ["representation"] = "storage", ["value"] = storage },
        };
        if (!string.IsNullOrWhiteSpace(page.ParentId)) body["parentId"] = page.ParentId;
        return body;
    }

    static bool IsTitleTaken(Answer answer) =>
        answer.Status == 400 && answer.Error!.Message.Contains(TitleTaken, StringComparison.OrdinalIgnoreCase);

    async Task<AdapterResult<Document>> GoOn(NewDocument page, string spaceId, AdapterError refusal, string? marker, CancellationToken cancellation)
    {
        var path = $"/wiki/api/v2/pages?space-id={spaceId}&title={Uri.EscapeDataString(page.Title)}&status=current&body-format=storage";
        var found = await client.Send(Call.Get(path), cancellation);
        if (!found.Ok) return found.Failure<Document>();
        if (reader.ReadList(found.Json).FirstOrDefault() is not { } existing) return Answer.Failure<Document>(refusal);   // archived pages keep their titles

        var refused = refusal with { Details = PageExtras.WithPage(refusal.Details, "existing_page_id", existing.Id) };
        if (marker is null) return Answer.Failure<Document>(refused);
        var (ours, error) = await properties.WasMadeBy(existing.Id, marker, cancellation);
        if (error is not null) return Answer.Failure<Document>(error);
        return ours ? await Complete(existing, page, found.Status, marker, isMarked: true, cancellation) : Answer.Failure<Document>(refused);
    }

    async Task<AdapterResult<Document>> Complete(Document document, NewDocument page, int? status, string? marker, bool isMarked, CancellationToken cancellation)
    {
        if (!PageExtras.Any(page.Labels, page.Metadata)) return AdapterResult<Document>.Ok(document, new(status));
        // Without a mark nothing is lost as long as what follows succeeds: its failure alone is no reason to stop.
        if (!isMarked && marker is not null) isMarked = (await properties.Mark(document.Id, marker, cancellation)).Ok;

        var result = await extras.Add(document, page.Labels, page.Metadata, status, cancellation);
        if (result.Error is not { } error) return result;
        return AdapterResult<Document>.Fail(error with
        {
            Message = $"The page was created (id {document.Id}), but not everything could be added to it. {error.Message}",
            Unclear = !isMarked,   // a repeat could not tell the page from another one of that title
            Details = PageExtras.WithPage(error.Details, "page_id", document.Id),
        }, result.Metadata);
    }
}
