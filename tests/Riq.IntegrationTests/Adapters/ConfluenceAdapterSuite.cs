using Riq.Contracts;
using Xunit;

namespace Riq.IntegrationTests.Adapters;

/// <summary>What every way of using Confluence gives: directly, and through the queue.</summary>
public abstract class ConfluenceAdapterSuite() : AdapterTest("confluence")
{
    const string PageQuery = "?body-format=storage&include-labels=true&include-properties=true";

    protected static string Page(int version = 5, string message = "", string body = "<p>old</p>", string extra = "") => $$$"""
        {"id":"77","status":"current","title":"Title","spaceId":"9","parentId":"70","authorId":"u1","createdAt":"2026-03-01T10:00:00.000Z","version":{"number":{{{version}}},"message":"{{{message}}}","createdAt":"2026-03-02T10:00:00.000Z"},
        "body":{"storage":{"value":"{{{body}}}","representation":"storage"}},"_links":{"base":"https://a.test/wiki","webui":"/spaces/ENG/pages/77"}{{{extra}}}}
        """;

    [Fact]
    public async Task The_probe_asks_for_one_space_and_says_what_came_of_it()
    {
        Service.On("GET", "/wiki/api/v2/spaces", 200, """{"results":[]}""").On("GET", "/wiki/api/v2/spaces", 500);
        Assert.True((await Adapter.Probe(default)).Success);
        Assert.Equal(ErrorCodes.ServiceUnavailable, (await Adapter.Probe(default)).Error!.Code);
        Assert.Equal(["GET /wiki/api/v2/spaces?limit=1", "GET /wiki/api/v2/spaces?limit=1"], Service.Routes);
    }

    [Fact]
    public async Task A_page_is_read_and_normalized_in_one_call()
    {
        Service.On("GET", "/wiki/api/v2/pages/77", 200, Page(body: "<p><strong>b</strong></p>", extra: ""","labels":{"results":[{"name":"x"}]},"properties":{"results":[{"key":"other","value":1},{"key":"riq.metadata","value":{"team":"core"}}]}"""));
        Same("""
            {"id":"77","external_id":"77","title":"Title","content":"**b**","space_id":"9","parent_id":"70","version":5,"author":"u1","created_at":"2026-03-01T10:00:00+00:00","updated_at":"2026-03-02T10:00:00+00:00",
            "deep_link":"https://a.test/wiki/spaces/ENG/pages/77","labels":["x"],"metadata":{"team":"core"}}
            """, await Succeeds("get_page", """{"page_id":"77"}"""));
        Assert.Equal($"GET /wiki/api/v2/pages/77{PageQuery}", Assert.Single(Service.Routes));
    }

    [Fact]
    public async Task Children_are_gathered_over_pages_up_to_the_limit()
    {
        Service.On("GET", "/wiki/api/v2/pages/77/children", 200, """{"results":[{"id":"1","title":"a"},{"id":"2","title":"b"}],"_links":{"next":"/wiki/api/v2/pages/77/children?limit=3&cursor=c1"}}""")
            .On("GET", "/wiki/api/v2/pages/77/children", 200, """{"results":[{"id":"3","title":"c"},{"id":"4","title":"d"}],"_links":{"next":"/wiki/api/v2/pages/77/children?limit=3&cursor=c2"}}""");
        var pages = (await Succeeds("get_page_children", """{"page_id":"77","limit":3}""")).GetProperty("pages");
        Assert.Equal(["1", "2", "3"], pages.EnumerateArray().Select(p => p.GetProperty("id").GetString()));
        Assert.Equal(["GET /wiki/api/v2/pages/77/children?limit=3", "GET /wiki/api/v2/pages/77/children?limit=3&cursor=c1"], Service.Routes);
    }

    [Fact]
    public async Task A_list_whose_next_link_leads_elsewhere_or_in_a_circle_stays_here_and_ends()
    {
        Service.On("GET", "/wiki/api/v2/pages/77/children", 200, """{"results":[{"id":"1"}],"_links":{"next":"https://evil.test/wiki/api/v2/pages/77/children?limit=50"}}""");
        await Succeeds("get_page_children", """{"page_id":"77"}""");
        Assert.Single(Service.Calls);
    }

    [Fact]
    public async Task A_search_by_words_in_a_space_gives_pages_only()
    {
        Service.On("GET", "/wiki/rest/api/search", 200, """
            {"results":[{"content":{"id":"5","type":"page","title":"Hit","_links":{"webui":"/x"}},"lastModified":"2026-03-01T10:00:00.000Z"},{"content":{"id":"6","type":"attachment"}},{"user":{}}],"_links":{"base":"https://a.test/wiki"}}
            """);
        var pages = (await Succeeds("search_pages", """{"query":"how \"to\" deploy*","space_id":"ENG","limit":10}""")).GetProperty("pages");
        Same("""[{"id":"5","external_id":"5","title":"Hit","updated_at":"2026-03-01T10:00:00+00:00","deep_link":"https://a.test/wiki/x"}]""", pages);
        Assert.Equal("/wiki/rest/api/search?cql=type = page AND text ~ \"how to deploy\" AND space = \"ENG\"&limit=10", Uri.UnescapeDataString(Assert.Single(Service.Calls).Path));
    }

    [Fact]
    public async Task A_numeric_space_is_turned_into_its_key_once()
    {
        Service.On("GET", "/wiki/api/v2/spaces", 200, """{"results":[{"id":"9","key":"ENG"}]}""").On("GET", "/wiki/rest/api/search", 200, """{"results":[]}""");
        await Succeeds("search_pages", """{"cql":"label = x ORDER BY title","space_id":"9"}""");
        await Succeeds("search_pages", """{"cql":"label = x","space_id":"9"}""");
        Assert.Equal("GET /wiki/api/v2/spaces?ids=9&limit=1", Service.Routes[0]);
        Assert.Equal(3, Service.Calls.Count);
        Assert.Contains("space = \"ENG\" AND (label = x) ORDER BY title", Uri.UnescapeDataString(Service.Routes[1]));
    }

    [Fact]
    public async Task A_page_is_created_in_the_space_of_a_key()
    {
        Service.On("GET", "/wiki/api/v2/spaces", 200, """{"results":[{"id":"9","key":"ENG"}]}""").On("POST", "/wiki/api/v2/pages", 200, Page(1));
        var page = await Succeeds("create_page", """{"title":"Title","content":"# h","space_id":"eng","parent_id":"70"}""");
        Assert.Equal(["GET /wiki/api/v2/spaces?keys=eng&limit=1", "POST /wiki/api/v2/pages"], Service.Routes);
        Same("""{"spaceId":"9","status":"current","title":"Title","parentId":"70","body":{"representation":"storage","value":"<h1>h</h1>"}}""", Service.Calls[1].Json);
        Assert.Equal("77", page.GetProperty("id").GetString());
        await Succeeds("create_page", """{"title":"Other","content":"x","space_id":"ENG"}""");
        Assert.Equal("POST /wiki/api/v2/pages", Service.Routes[2]);   // the space was remembered
    }

    [Fact]
    public async Task An_unknown_space_is_not_found()
    {
        Service.On("GET", "/wiki/api/v2/spaces", 200, """{"results":[]}""");
        Assert.Equal(ErrorCodes.NotFound, (await Fails("create_page", """{"title":"T","content":"x","space_id":"NO"}""")).Code);
    }

    [Fact]
    public async Task Labels_and_metadata_follow_a_created_page_after_its_mark()
    {
        Service.On("POST", "/wiki/api/v2/pages", 200, Page(1))
            .On("POST", "/wiki/api/v2/pages/77/properties", 200, "{}")
            .On("GET", "/wiki/api/v2/pages/77/properties", 200, """{"results":[]}""")
            .On("POST", "/wiki/rest/api/content/77/label", 200, """{"results":[{"name":"x"},{"name":"y"}]}""");
        var page = await Succeeds("create_page", """{"title":"Title","content":"x","space_id":"9","labels":["x","y"],"metadata":{"team":"core"}}""");
        Assert.Equal([
            "POST /wiki/api/v2/pages", "POST /wiki/api/v2/pages/77/properties", "POST /wiki/rest/api/content/77/label",
            "GET /wiki/api/v2/pages/77/properties?key=riq.metadata", "POST /wiki/api/v2/pages/77/properties"], Service.Routes);
        Same($$$"""{"key":"riq.request","value":{"token":"{{{Token}}}"}}""", Service.Calls[1].Json);
        Same("""[{"prefix":"global","name":"x"},{"prefix":"global","name":"y"}]""", Service.Calls[2].Json);
        Same("""{"key":"riq.metadata","value":{"team":"core"}}""", Service.Calls[4].Json);
        Same("""["x","y"]""", page.GetProperty("labels"));
        Same("""{"team":"core"}""", page.GetProperty("metadata"));
    }

    const string TitleTaken = """{"errors":[{"status":400,"code":"INVALID_REQUEST_PARAMETER","title":"A page already exists with the same TITLE in this space"}]}""";

    [Fact]
    public async Task A_repeat_finds_its_own_page_by_the_mark_and_goes_on()
    {
        Service.On("POST", "/wiki/api/v2/pages", 400, TitleTaken)
            .On("GET", "/wiki/api/v2/pages", 200, $$"""{"results":[{{Page(1)}}]}""")
            .On("GET", "/wiki/api/v2/pages/77/properties", 200, $$$"""{"results":[{"id":"p1","key":"riq.request","value":{"token":"{{{Token}}}"},"version":{"number":1}}]}""")
            .On("POST", "/wiki/rest/api/content/77/label", 200, """{"results":[{"name":"x"}]}""");
        Assert.Equal("77", (await Succeeds("create_page", """{"title":"Title","content":"x","space_id":"9","labels":["x"]}""")).GetProperty("id").GetString());
        Assert.StartsWith("GET /wiki/api/v2/pages?space-id=9&title=Title&status=current", Service.Routes[1]);
    }

    [Fact]
    public async Task A_title_that_somebody_else_took_is_refused_and_names_the_page()
    {
        Service.On("POST", "/wiki/api/v2/pages", 400, TitleTaken)
            .On("GET", "/wiki/api/v2/pages", 200, $$"""{"results":[{{Page(1)}}]}""")
            .On("GET", "/wiki/api/v2/pages/77/properties", 200, """{"results":[]}""");
        var error = await Fails("create_page", """{"title":"Title","content":"x","space_id":"9"}""");
        Assert.Equal((ErrorCodes.ValidationError, "77"), (error.Code, error.Details!.Value.GetProperty("existing_page_id").GetString()));
    }

    [Fact]
    public async Task Content_that_is_broken_storage_is_refused_before_any_call()
    {
        Assert.Contains("not well-formed", (await Fails("create_page", """{"title":"T","content":"<p>x","space_id":"9"}""")).Message);
        Assert.Empty(Service.Calls);
    }

    [Fact]
    public async Task An_update_writes_the_next_version_with_all_of_the_page()
    {
        Service.On("GET", "/wiki/api/v2/pages/77", 200, Page(5)).On("PUT", "/wiki/api/v2/pages/77", 200, Page(6));
        var page = await Succeeds("update_page", """{"page_id":"77","title":"New"}""");
        Same($$$"""{"id":"77","status":"current","title":"New","body":{"representation":"storage","value":"<p>old</p>"},"version":{"number":6,"message":"riq:{{{Token}}}"}}""", Service.Calls[1].Json);
        Assert.Equal(6, page.GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task An_update_whose_version_is_there_already_writes_nothing()
    {
        Service.On("GET", "/wiki/api/v2/pages/77", 200, Page(6, $"riq:{Token}"));
        Assert.Equal(6, (await Succeeds("update_page", """{"page_id":"77","title":"New"}""")).GetProperty("version").GetInt32());
        Assert.Single(Service.Calls);
    }

    [Fact]
    public async Task A_conflict_is_read_again_and_reapplied_on_the_newer_version()
    {
        Service.On("GET", "/wiki/api/v2/pages/77", 200, Page(5)).On("GET", "/wiki/api/v2/pages/77", 200, Page(7))
            .On("PUT", "/wiki/api/v2/pages/77", 409, """{"errors":[{"status":409,"title":"Version must be incremented"}]}""").On("PUT", "/wiki/api/v2/pages/77", 200, Page(8));
        await Succeeds("update_page", """{"page_id":"77","content":"new"}""");
        Assert.Equal([6, 8], Service.Calls.Where(c => c.Method == "PUT").Select(c => c.Json["version"]!["number"]!.GetValue<int>()));
    }

    [Fact]
    public async Task A_conflict_with_our_own_lost_update_is_success()
    {
        Service.On("GET", "/wiki/api/v2/pages/77", 200, Page(5)).On("GET", "/wiki/api/v2/pages/77", 200, Page(6, $"riq:{Token}")).On("PUT", "/wiki/api/v2/pages/77", 409);
        await Succeeds("update_page", """{"page_id":"77","content":"new"}""");
        Assert.Single(Service.Calls, c => c.Method == "PUT");
    }

    [Fact]
    public async Task A_page_that_came_without_its_body_is_not_overwritten_with_nothing()
    {
        Service.On("GET", "/wiki/api/v2/pages/77", 200, """{"id":"77","title":"T","version":{"number":5}}""");
        Assert.Equal(ErrorCodes.ServiceUnavailable, (await Fails("update_page", """{"page_id":"77","title":"New"}""")).Code);
        Assert.DoesNotContain(Service.Calls, c => c.Method == "PUT");
    }

    [Fact]
    public async Task Metadata_is_merged_with_what_is_there()
    {
        Service.On("GET", "/wiki/api/v2/pages/77", 200, Page(5))
            .On("GET", "/wiki/api/v2/pages/77/properties", 200, """{"results":[{"id":"p1","key":"riq.metadata","value":{"a":1,"b":2},"version":{"number":3}}]}""")
            .On("PUT", "/wiki/api/v2/pages/77/properties/p1", 200, "{}");
        var page = await Succeeds("update_page", """{"page_id":"77","metadata":{"b":null,"c":[3]}}""");
        Same("""{"key":"riq.metadata","value":{"a":1,"c":[3]},"version":{"number":4}}""", Service.Calls[^1].Json);
        Same("""{"a":1,"c":[3]}""", page.GetProperty("metadata"));
        Assert.DoesNotContain(Service.Routes, r => r == "PUT /wiki/api/v2/pages/77");
    }

    [Theory]
    [InlineData(204)]
    [InlineData(404)]
    public async Task A_delete_succeeds_when_the_page_is_gone(int status)
    {
        Service.On("DELETE", "/wiki/api/v2/pages/77", status);
        Same("""{"id":"77"}""", await Succeeds("delete_page", """{"page_id":"77"}"""));
        Assert.Equal("DELETE /wiki/api/v2/pages/77", Assert.Single(Service.Routes));
    }

    [Theory]
    [InlineData("get_page", """{"page_id":"../x"}""")]
    [InlineData("delete_page", """{"page_id":".."}""")]
    [InlineData("update_page", """{"page_id":"7/7","title":"x"}""")]
    [InlineData("get_page_children", """{"page_id":"7?x"}""")]
    public async Task What_is_no_page_id_never_becomes_part_of_a_call(string operation, string payload)
    {
        Assert.Equal(ErrorCodes.ValidationError, (await Fails(operation, payload)).Code);
        Assert.Empty(Service.Calls);
    }
}
