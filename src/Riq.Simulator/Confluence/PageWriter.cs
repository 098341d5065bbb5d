using System.Text.Json;
using Riq.Simulator.Exchange;
using Riq.Simulator.Ledger;

namespace Riq.Simulator.Confluence;

/// <summary>Creates and updates pages from the bodies of calls.</summary>
sealed class PageWriter(ConfluenceStore store, Effects effects)
{
    const int MaxTitle = 255, MaxBody = 5 * 1024 * 1024;

    static readonly string[] Representations = ["storage", "atlas_doc_format", "wiki"];

    public PageState Create(Call call)
    {
        var body = Object(call);
        var space = Text(body, "spaceId") is { } spaceId && long.TryParse(spaceId, out _) ? store.Space(spaceId) : throw Invalid("spaceId", "long");
        if (space is null) throw SiteException.Confluence(404, "NOT_FOUND", $"Space with id {Text(body, "spaceId")} not found or the user has no permission to view it.");
        var status = Text(body, "status") ?? "current";
        if (status is not ("current" or "draft")) throw Invalid("status", "current or draft");
        var (value, representation) = Content(body) ?? ("", "storage");
        var state = new PageState
        {
            Id = store.NextId(), Space = space, Title = Title(body, status), Status = status, ParentId = Parent(body, space, null) ?? (space.HomepageId == 0 ? null : space.HomepageId),
            Body = value, Representation = representation, Owner = call.Account, CreatedAt = call.WorkAt, Version = new(1, Message(body), false, call.Account, call.WorkAt),
        };
        store.Add(state).Read(call.Worker);
        call.Committed = true;
        effects.Add(Markers.OfWrite(body), PageJson.Id(state.Id));
        return state;
    }

    /// <summary>All of id, status, title, body and version are required; the version must be the next one.</summary>
    public PageState Update(Call call, Page page)
    {
        var body = Object(call);
        if (Text(body, "id") != call.Segment("id")) throw Invalid("id", "the id in the path");
        var status = Text(body, "status") ?? throw Invalid("status", "current, draft or archived");
        if (status is not ("current" or "draft" or "archived")) throw Invalid("status", "current, draft or archived");
        var (value, representation) = Content(body) ?? throw Invalid("body", "an object with representation and value");
        var title = Title(body, status);
        var provided = Member(body, "version") is { ValueKind: JsonValueKind.Object } version && Member(version, "number") is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var n) ? n : throw Invalid("version.number", "int");

        var updated = store.Change(page, call.Worker, call.WorkAt, before =>
        {
            if (provided != before.Version.Number + 1)
                throw SiteException.Confluence(409, "CONFLICT", $"Version must be incremented when updating a page. Current Version: [{before.Version.Number}]. Provided version: [{provided}]");
            return before with
            {
                Title = title, Status = status, Body = value, Representation = representation, ParentId = Parent(body, before.Space, before) ?? before.ParentId,
                Version = new(provided, Message(body), Member(version, "minorEdit") is { ValueKind: JsonValueKind.True }, call.Account, call.WorkAt),
            };
        }) ?? throw NoPage(call);
        call.Committed = true;
        effects.Add(Markers.OfWrite(body), $"{PageJson.Id(updated.Id)}/version/{provided}");
        return updated;
    }

    public static SiteException NoPage(Call call) => SiteException.Confluence(404, "NOT_FOUND", $"Page with id {call.Segment("id")} not found or the user has no permission to view it.");

    public static SiteException Invalid(string member, string expected) =>
        SiteException.Confluence(400, "INVALID_REQUEST_PARAMETER", $"Provided value for '{member}' is not the correct type. Expected type is {expected}");

    static JsonElement Object(Call call) => call.Body.ValueKind == JsonValueKind.Object ? call.Body : throw SiteException.Confluence(400, "INVALID_REQUEST_PARAMETER", "The request body must be a JSON object.");

    static string Title(JsonElement body, string status)
    {
        var title = Text(body, "title")?.Trim() ?? "";
        if (title.Length == 0 && status != "draft") throw Invalid("title", "a text that is not empty");
        return title.Length <= MaxTitle ? title : throw SiteException.Confluence(400, "INVALID_REQUEST_PARAMETER", $"Title cannot be longer than {MaxTitle} characters.");
    }

    long? Parent(JsonElement body, Space space, PageState? page)
    {
        if (Text(body, "parentId") is not { } id) return null;
        if (store.Find(id)?.State is not { } parent || parent.Space.Id != space.Id) throw SiteException.Confluence(404, "NOT_FOUND", $"Parent page with id {id} not found in the space.");
        for (PageState? above = parent; page is not null && above is not null; above = above.ParentId is { } next ? store.Find(PageJson.Id(next))?.State : null)
            if (above.Id == page.Id) throw SiteException.Confluence(400, "BAD_REQUEST", "A page cannot be below itself.");
        return parent.Id;
    }

    /// <summary>The body in either of its two shapes: as it is, or keyed by its representation.</summary>
    static (string Value, string Representation)? Content(JsonElement body)
    {
        if (Member(body, "body") is not { ValueKind: JsonValueKind.Object } content) return null;
        var keyed = Representations.Select(r => Member(content, r)).FirstOrDefault(c => c is { ValueKind: JsonValueKind.Object });
        var inner = keyed ?? content;
        var (value, representation) = (Text(inner, "value"), Text(inner, "representation"));
        if (value is null || representation is null || !Representations.Contains(representation)) throw Invalid("body", $"an object with value and a representation of {string.Join(", ", Representations)}");
        if (representation == "storage" && StorageFormat.Problem(value) is { } problem) throw SiteException.Confluence(400, "INVALID_REQUEST_PARAMETER", problem);
        return value.Length <= MaxBody ? (value, representation) : throw SiteException.Confluence(413, "PAYLOAD_TOO_LARGE", "The body is too large.");
    }

    static string Message(JsonElement body) => Member(body, "version") is { ValueKind: JsonValueKind.Object } version ? Text(version, "message") ?? "" : "";

    static JsonElement? Member(JsonElement? json, string name) => json is { ValueKind: JsonValueKind.Object } body && body.TryGetProperty(name, out var value) ? value : null;

    static string? Text(JsonElement json, string name) => Member(json, name) is { ValueKind: JsonValueKind.String or JsonValueKind.Number } value ? value.ToString() : null;
}
