using Xunit;

namespace Riq.IntegrationTests.Simulator;

public sealed class ConfluenceTests
{
    const string Pages = "/wiki/api/v2/pages";

    static async Task<string> SpaceId(RunningSimulator site) => (await site.Get("/wiki/api/v2/spaces?keys=MD&limit=1")).Json.GetProperty("results")[0].GetProperty("id").GetString()!;

    static async Task<Reply> Create(RunningSimulator site, string title, string? parentId = null, string value = "<p>text</p>") =>
        await site.Post(Pages, new { spaceId = await SpaceId(site), status = "current", title, parentId, body = new { representation = "storage", value } });

    static object Version(string id, int number, string title = "Notes", string value = "<p>new</p>", string? message = null) =>
        new { id, status = "current", title, body = new { representation = "storage", value }, version = new { number, message } };

    static string Id(Reply reply) => reply.Json.GetProperty("id").GetString()!;

    [Fact]
    public async Task A_page_is_created_with_200_and_shows_its_body_only_when_asked()
    {
        await using var site = await RunningSimulator.Start();
        var created = await Create(site, "Notes");
        Assert.Equal((200, 1), (created.Status, created.Json.GetProperty("version").GetProperty("number").GetInt32()));
        Assert.False((await site.Get($"{Pages}/{Id(created)}")).Json.GetProperty("body").TryGetProperty("storage", out _));
        Assert.Equal("<p>text</p>", (await site.Get($"{Pages}/{Id(created)}?body-format=storage")).Json.GetProperty("body").GetProperty("storage").GetProperty("value").GetString());
    }

    [Fact]
    public async Task A_title_is_unique_in_its_space_whatever_its_case_and_found_without_lag()
    {
        await using var site = await RunningSimulator.Start("--Simulator:IndexLagScale=1");
        var created = await Create(site, "Release Notes");
        var refused = await Create(site, "release notes");
        Assert.Equal(400, refused.Status);
        Assert.Contains("A page already exists with the same TITLE in this space", refused.Json.GetProperty("errors")[0].GetProperty("title").GetString(), StringComparison.Ordinal);
        var found = await site.Get($"{Pages}?space-id={await SpaceId(site)}&title=Release%20Notes&status=current");
        Assert.Equal(Id(created), found.Json.GetProperty("results")[0].GetProperty("id").GetString());
    }

    [Fact]
    public async Task One_of_many_creates_of_one_title_wins()
    {
        await using var site = await RunningSimulator.Start();
        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Create(site, "Race")));
        Assert.Equal(1, replies.Count(r => r.Status == 200));
        Assert.Equal(19, replies.Count(r => r.Status == 400));
    }

    [Fact]
    public async Task An_update_needs_the_next_version_number()
    {
        await using var site = await RunningSimulator.Start();
        var id = Id(await Create(site, "Notes"));
        Assert.Equal(200, (await site.Put($"{Pages}/{id}", Version(id, 2, message: "riq:tok"))).Status);
        var stale = await site.Put($"{Pages}/{id}", Version(id, 2));
        Assert.Equal(409, stale.Status);
        Assert.Contains("Current Version: [2]. Provided version: [2]", stale.Json.GetProperty("errors")[0].GetProperty("title").GetString(), StringComparison.Ordinal);
        Assert.Equal("riq:tok", (await site.Get($"{Pages}/{id}")).Json.GetProperty("version").GetProperty("message").GetString());
        Assert.Equal([2, 1], (await site.Get($"{Pages}/{id}/versions")).Json.GetProperty("results").EnumerateArray().Select(v => v.GetProperty("number").GetInt32()));
    }

    [Fact]
    public async Task Of_many_updates_to_one_version_one_is_taken()
    {
        await using var site = await RunningSimulator.Start();
        var id = Id(await Create(site, "Notes"));
        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => site.Put($"{Pages}/{id}", Version(id, 2))));
        Assert.Equal((1, 19), (replies.Count(r => r.Status == 200), replies.Count(r => r.Status == 409)));
    }

    [Theory]
    [InlineData("""{"status":"current","title":"t","body":{"representation":"storage","value":""},"version":{"number":2}}""")]
    [InlineData("""{"id":"ID","title":"t","body":{"representation":"storage","value":""},"version":{"number":2}}""")]
    [InlineData("""{"id":"ID","status":"current","body":{"representation":"storage","value":""},"version":{"number":2}}""")]
    [InlineData("""{"id":"ID","status":"current","title":"t","version":{"number":2}}""")]
    [InlineData("""{"id":"ID","status":"current","title":"t","body":{"representation":"storage","value":""}}""")]
    [InlineData("""{"id":"ID","status":"current","title":"t","body":{"representation":"storage","value":"<p>open"},"version":{"number":2}}""")]
    public async Task An_update_without_all_its_parts_is_refused(string body)
    {
        await using var site = await RunningSimulator.Start();
        var id = Id(await Create(site, "Notes"));
        Assert.Equal(400, (await site.Put($"{Pages}/{id}", body.Replace("ID", id, StringComparison.Ordinal))).Status);
        Assert.Equal(1, (await site.Get($"{Pages}/{id}")).Json.GetProperty("version").GetProperty("number").GetInt32());
    }

    [Fact]
    public async Task Children_come_in_pages_with_a_next_link()
    {
        await using var site = await RunningSimulator.Start();
        var parent = Id(await Create(site, "Parent"));
        for (var i = 0; i < 5; i++) Assert.Equal(200, (await Create(site, $"Child {i}", parent)).Status);

        var titles = new List<string?>();
        for (string? next = $"{Pages}/{parent}/children?limit=2"; next is not null;)
        {
            var page = (await site.Get(next)).Json;
            titles.AddRange(page.GetProperty("results").EnumerateArray().Select(c => c.GetProperty("title").GetString()));
            next = page.GetProperty("_links").TryGetProperty("next", out var link) ? link.GetString() : null;
        }
        Assert.Equal(Enumerable.Range(0, 5).Select(i => $"Child {i}"), titles);
    }

    [Fact]
    public async Task A_deleted_page_is_gone_and_its_title_free()
    {
        await using var site = await RunningSimulator.Start();
        var id = Id(await Create(site, "Notes"));
        Assert.Equal(204, (await site.Delete($"{Pages}/{id}")).Status);
        Assert.Equal(404, (await site.Delete($"{Pages}/{id}")).Status);
        Assert.Equal(404, (await site.Get($"{Pages}/{id}")).Status);
        Assert.Equal(200, (await Create(site, "Notes")).Status);
    }

    [Fact]
    public async Task Search_finds_by_label_and_text_page_by_page_once_indexed()
    {
        await using var site = await RunningSimulator.Start("--Simulator:IndexLagScale=1");
        for (var i = 0; i < 3; i++)
        {
            var id = Id(await Create(site, $"Report {i}", value: "<p>quarterly figures</p>"));
            Assert.Equal(200, (await site.Post($"/wiki/rest/api/content/{id}/label", new[] { new { prefix = "global", name = "report" } })).Status);
        }
        string Query(string cql) => "/wiki/rest/api/search?limit=2&cql=" + Uri.EscapeDataString(cql);
        Assert.Equal(0, (await site.Get(Query("label = report"))).Json.GetProperty("totalSize").GetInt32());
        await site.Post("/__sim/clock/advance", new { seconds = 121 });

        var first = (await site.Get(Query("label = report AND text ~ figures AND space = MD"))).Json;
        Assert.Equal((3, 2), (first.GetProperty("totalSize").GetInt32(), first.GetProperty("size").GetInt32()));
        var second = (await site.Get("/wiki" + first.GetProperty("_links").GetProperty("next").GetString())).Json;
        Assert.Equal("Report 2", second.GetProperty("results")[0].GetProperty("title").GetString());
        Assert.False(second.GetProperty("_links").TryGetProperty("next", out _));
        Assert.Equal(400, (await site.Get(Query("colour = red"))).Status);
    }

    [Fact]
    public async Task A_page_is_known_by_the_marker_of_its_property_and_of_its_versions()
    {
        await using var site = await RunningSimulator.Start();
        var id = Id(await Create(site, "Notes"));
        Assert.Equal(200, (await site.Post($"{Pages}/{id}/properties", new { key = "riq.request", value = new { token = "made" } })).Status);
        Assert.Equal(409, (await site.Post($"{Pages}/{id}/properties", new { key = "riq.request", value = new { token = "made" } })).Status);
        await site.Put($"{Pages}/{id}", Version(id, 2, message: "riq:changed"));
        await site.Put($"{Pages}/{id}", Version(id, 3, message: "riq:changed"));

        var effects = (await site.Get("/__sim/effects")).Json;
        Assert.Equal([id], effects.GetProperty("made").EnumerateArray().Select(e => e.GetString()));
        Assert.Equal([$"{id}/version/2", $"{id}/version/3"], effects.GetProperty("changed").EnumerateArray().Select(e => e.GetString()));
        Assert.Equal(["changed"], (await site.Get("/__sim/effects?duplicates=true")).Json.EnumerateObject().Select(m => m.Name));
        Assert.False((await site.Assertion("one_object_per_request")).GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task Writing_over_a_version_that_the_worker_has_not_seen_is_a_lost_update()
    {
        await using var site = await RunningSimulator.Start();
        var id = Id(await Create(site, "Notes"));
        await site.Put($"{Pages}/{id}", Version(id, 2));
        await As2(HttpMethod.Get, $"{Pages}?title=Notes", null);
        await As2(HttpMethod.Put, $"{Pages}/{id}", Version(id, 3));
        Assert.True((await site.Assertion("no_lost_update")).GetProperty("ok").GetBoolean());
        await site.Put($"{Pages}/{id}", Version(id, 4));
        Assert.False((await site.Assertion("no_lost_update")).GetProperty("ok").GetBoolean());

        Task<Reply> As2(HttpMethod method, string path, object? body) => site.Send(method, path, body, r => { r.Headers.UserAgent.Clear(); r.Headers.UserAgent.ParseAdd("worker-2"); });
    }
}
