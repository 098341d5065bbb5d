using System.Globalization;
using System.Text.Json.Nodes;
using Riq.Simulator.Exchange;
using Riq.Simulator.Jira;

namespace Riq.Simulator.Confluence;

/// <summary>Spaces, pages and what hangs on them as version 2 of the API shows them.</summary>
static class PageJson
{
    public static JsonObject Page(Call call, PageState page, string? bodyFormat)
    {
        var json = new JsonObject
        {
            ["id"] = Id(page.Id), ["status"] = page.Status, ["title"] = page.Title, ["spaceId"] = Id(page.Space.Id), ["parentId"] = page.ParentId is { } parent ? Id(parent) : null,
            ["parentType"] = page.ParentId is null ? null : "page", ["position"] = 0, ["authorId"] = page.Owner.AccountId, ["ownerId"] = page.Owner.AccountId, ["lastOwnerId"] = null,
            ["createdAt"] = Time(page.CreatedAt), ["version"] = Version(page.Version), ["body"] = Body(page, bodyFormat), ["_links"] = Links(call, page),
        };
        return json;
    }

    static JsonObject Body(PageState page, string? format) => format is null ? [] : new()
    {
        [format] = new JsonObject { ["representation"] = format, ["value"] = page.Body },
    };

    public static JsonObject Version(PageVersion version) => new()
    {
        ["number"] = version.Number, ["message"] = version.Message, ["minorEdit"] = version.IsMinor, ["authorId"] = version.Author.AccountId, ["createdAt"] = Time(version.At),
    };

    public static JsonObject Child(PageState page, int position) => new()
    {
        ["id"] = Id(page.Id), ["status"] = page.Status, ["title"] = page.Title, ["spaceId"] = Id(page.Space.Id), ["childPosition"] = position,
    };

    public static JsonObject Space(Call call, Space space) => new()
    {
        ["id"] = Id(space.Id), ["key"] = space.Key, ["name"] = space.Name, ["type"] = "global", ["status"] = "current", ["authorId"] = call.Account.AccountId,
        ["createdAt"] = "2026-01-01T00:00:00.000Z", ["homepageId"] = Id(space.HomepageId), ["spaceOwnerId"] = call.Account.AccountId, ["description"] = null, ["icon"] = null,
        ["_links"] = new JsonObject { ["webui"] = $"/spaces/{space.Key}" },
    };

    public static JsonObject Property(PageProperty property) => new()
    {
        ["id"] = Id(property.Id), ["key"] = property.Key, ["value"] = IssueJson.Node(property.Value),
        ["version"] = new JsonObject { ["number"] = property.Version, ["message"] = "", ["minorEdit"] = false, ["authorId"] = "", ["createdAt"] = Time(property.At) },
    };

    public static JsonObject Label(string name) => new() { ["prefix"] = "global", ["name"] = name, ["id"] = LabelId(name), ["label"] = name };

    static JsonObject Links(Call call, PageState page) => new()
    {
        ["base"] = $"{call.Origin}/wiki", ["webui"] = WebUi(page), ["editui"] = $"/pages/resumedraft.action?draftId={Id(page.Id)}", ["tinyui"] = $"/x/{page.Id:x}",
    };

    public static string WebUi(PageState page) => $"/spaces/{page.Space.Key}/pages/{Id(page.Id)}/{Uri.EscapeDataString(page.Title).Replace("%20", "+")}";

    public static string Id(long id) => id.ToString(CultureInfo.InvariantCulture);

    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Labels have ids at the real service; here any stable number does.</summary>
    static string LabelId(string name) => Id(name.Aggregate(17L, (hash, c) => (hash * 31 + c) % 1_000_000_007));
}
