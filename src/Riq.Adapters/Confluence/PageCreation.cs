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
    readonly PageRecognition _recognition = new(client, properties);

    const string TitleTaken = "already exists with the same TITLE";

    public async Task<AdapterResult<Document>> Create(NewDocument page, string storage, PageWriter writer, CancellationToken cancellation)
    {
        var space = await spaces.IdOf(page.SpaceId.Trim(), cancellation);
        if (!space.Success) return space.Map<Document>(_ => null!);

        var call = Call.Post("/wiki/api/v2/pages", Body(page, space.Data!, storage));
        var created = await client.Send(call, cancellation);
        if (created.IsGone) spaces.Forget(page.SpaceId.Trim());
        if (IsTitleTaken(created)) return await GoOn(page, storage, space.Data!, created.Error!, writer, cancellation);
        if (!created.Ok) return created.Failure<Document>();
        if (reader.Read(created.Json) is not { } document)
            return Answer.Failure<Document>(ServiceErrors.Unreadable(client.Service, call.Write, created.Status, "sent an answer without the expected fields"));
        return await Complete(document with { Content = document.Content ?? PageContent.ToMarkdown(storage) }, page, created.Status, writer.Marker, isMarked: false, cancellation);
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

    /// <summary>Whether an earlier attempt created the page; one that is found gets what is still missing of it.</summary>
    public async Task<AdapterResult<EffectSearch>> Find(NewDocument page, string storage, PageWriter writer, CancellationToken cancellation)
    {
        var space = await spaces.IdOf(page.SpaceId.Trim(), cancellation);
        if (space.Error is { Code: ErrorCodes.NotFound }) return AdapterResult<EffectSearch>.Ok(new EffectSearch.NotFound(), space.Metadata);
        if (!space.Success) return space.Map<EffectSearch>(_ => null!);
        var (existing, answer) = await ByTitle(page, space.Data!, cancellation);
        if (!answer.Ok) return answer.Failure<EffectSearch>();
        if (existing is null) return answer.Result<EffectSearch>(new EffectSearch.NotFound());

        var (origin, isMarked, error) = await _recognition.Look(existing, storage, writer.Marker!, writer.UnclearFrom, cancellation);
        if (error is not null) return Answer.Failure<EffectSearch>(error);
        if (origin == PageOrigin.Foreign) return answer.Result<EffectSearch>(new EffectSearch.NotFound());
        if (origin == PageOrigin.Unsure) return answer.Result<EffectSearch>(new EffectSearch.Ambiguous([Candidate(existing)]));
        var completed = await Complete(existing, page, answer.Status, writer.Marker, isMarked, cancellation);
        return completed.Map<EffectSearch>(d => new EffectSearch.Found(JsonSerializer.SerializeToElement(d, RiqJson.Options)));
    }

    static EffectCandidate Candidate(Document d) => new(d.Id) { Title = d.Title, CreatedAt = d.CreatedAt, DeepLink = d.DeepLink };

    async Task<(Document?, Answer)> ByTitle(NewDocument page, string spaceId, CancellationToken cancellation)
    {
        var path = $"/wiki/api/v2/pages?space-id={spaceId}&title={Uri.EscapeDataString(page.Title)}&status=current&body-format=storage";
        var found = await client.Send(Call.Get(path), cancellation);
        return (found.Ok ? reader.ReadList(found.Json).FirstOrDefault() : null, found);
    }

    async Task<AdapterResult<Document>> GoOn(NewDocument page, string storage, string spaceId, AdapterError refusal, PageWriter writer, CancellationToken cancellation)
    {
        var (existing, found) = await ByTitle(page, spaceId, cancellation);
        if (!found.Ok) return found.Failure<Document>();
        if (existing is null) return Answer.Failure<Document>(refusal);   // archived pages keep their titles

        var refused = refusal with { Details = PageExtras.WithPage(refusal.Details, "existing_page_id", existing.Id) };
        if (writer.Marker is null) return Answer.Failure<Document>(refused);
        var (origin, isMarked, error) = await _recognition.Look(existing, storage, writer.Marker, writer.UnclearFrom, cancellation);
        if (error is not null) return Answer.Failure<Document>(error);
        if (origin == PageOrigin.Ours) return await Complete(existing, page, found.Status, writer.Marker, isMarked, cancellation);
        return Answer.Failure<Document>(origin == PageOrigin.Unsure ? refused with { Code = ErrorCodes.Conflict, Unclear = true } : refused);
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
