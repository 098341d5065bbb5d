using System.Text.Json;
using Xunit;

namespace Riq.IntegrationTests.Simulator;

public sealed class JiraIssueTests
{
    [Fact]
    public async Task The_site_is_seeded_with_project_MD_and_20_issues()
    {
        await using var site = await RunningSimulator.Start();
        Assert.Equal(20, (await site.Get("/__sim/issues/count")).Json.GetProperty("count").GetInt32());
        Assert.Equal(200, (await site.Get("/rest/api/3/issue/MD-20")).Status);
        Assert.Equal(404, (await site.Get("/rest/api/3/issue/MD-21")).Status);
        Assert.Equal("MD", (await site.Get("/rest/api/3/project/MD")).Json.GetProperty("key").GetString());
    }

    [Fact]
    public async Task A_created_issue_is_read_back_with_its_fields_and_property()
    {
        await using var site = await RunningSimulator.Start();
        var created = await site.Post("/rest/api/3/issue", new
        {
            fields = new
            {
                project = new { key = "MD" }, issuetype = new { name = "Story" }, summary = "Pay by card", description = RunningSimulator.Adf("as a customer"), labels = new[] { "web", "riq-1" },
                priority = new { name = "High" }, parent = new { key = "MD-1" }, assignee = new { accountId = "5b10a2844c20165700ede21b" }, duedate = "2026-12-24", customfield_10016 = 5,
            },
            properties = new[] { new { key = "riq.request", value = new { token = "tok" } } },
        });
        Assert.Equal(201, created.Status);
        Assert.Equal("MD-21", created.Json.GetProperty("key").GetString());

        var read = (await site.Get("/rest/api/3/issue/md-21?properties=riq.request")).Json;
        var fields = read.GetProperty("fields");
        Assert.Equal("tok", read.GetProperty("properties").GetProperty("riq.request").GetProperty("token").GetString());
        Assert.Equal(("Pay by card", "Story", "High", "MD-1"), (fields.GetProperty("summary").GetString(), Name("issuetype"), Name("priority"), fields.GetProperty("parent").GetProperty("key").GetString()));
        Assert.Equal(("To Do", "2026-12-24", 5), (Name("status"), fields.GetProperty("duedate").GetString(), fields.GetProperty("customfield_10016").GetInt32()));
        Assert.Equal("Alice Archer", fields.GetProperty("assignee").GetProperty("displayName").GetString());
        Assert.Equal("doc", fields.GetProperty("description").GetProperty("type").GetString());

        string? Name(string field) => fields.GetProperty(field).GetProperty("name").GetString();
    }

    [Fact]
    public async Task Only_the_fields_that_were_asked_for_are_shown()
    {
        await using var site = await RunningSimulator.Start();
        var fields = (await site.Get("/rest/api/3/issue/MD-2?fields=summary,status")).Json.GetProperty("fields");
        Assert.Equal(["summary", "status"], fields.EnumerateObject().Select(f => f.Name));
    }

    [Fact]
    public async Task A_wrong_create_is_told_every_wrong_field_and_makes_nothing()
    {
        await using var site = await RunningSimulator.Start();
        var refused = await site.Post("/rest/api/3/issue", new
        {
            fields = new { project = new { key = "MD" }, issuetype = new { name = "Sub-task" }, summary = "two\nlines", labels = new[] { "a b" }, description = "no document", priority = new { name = "Urgent" }, colour = "red", duedate = "soon" },
        });
        Assert.Equal(400, refused.Status);
        Assert.Equal(["colour", "description", "duedate", "labels", "parent", "priority", "summary"], refused.Json.GetProperty("errors").EnumerateObject().Select(e => e.Name).Order());
        Assert.Equal(20, (await site.Get("/__sim/issues/count")).Json.GetProperty("count").GetInt32());
    }

    [Theory]
    [InlineData("""{"fields":{}}""", "project", "issuetype", "summary")]
    [InlineData("""{"fields":{"project":{"key":"NOPE"},"issuetype":{"name":"Task"},"summary":"x"}}""", "project")]
    [InlineData("""{"fields":{"project":{"key":"MD"},"issuetype":{"name":"Chore"},"summary":"x"}}""", "issuetype")]
    [InlineData("""{"fields":{"project":{"key":"MD"},"issuetype":{"name":"Task"},"summary":"   "}}""", "summary")]
    [InlineData("""{"fields":{"project":{"key":"MD"},"issuetype":{"name":"Task"},"summary":"x","assignee":{"accountId":"nobody"}}}""", "assignee")]
    [InlineData("""{"fields":{"project":{"key":"MD"},"issuetype":{"name":"Task"},"summary":"x","parent":{"key":"MD-2"}}}""", "parent")]
    [InlineData("""{"fields":{"project":{"key":"MD"},"issuetype":{"name":"Task"},"summary":"x","description":{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"a\nb"}]}]}}}""", "description")]
    public async Task Each_rule_of_a_create_is_kept(string body, params string[] wrongFields)
    {
        await using var site = await RunningSimulator.Start();
        var refused = await site.Post("/rest/api/3/issue", body);
        Assert.Equal(400, refused.Status);
        Assert.Equal(wrongFields.Order(), refused.Json.GetProperty("errors").EnumerateObject().Select(e => e.Name).Order());
    }

    [Theory]
    [InlineData(255, 201)]
    [InlineData(256, 400)]
    public async Task A_summary_has_at_most_255_characters(int length, int status)
    {
        await using var site = await RunningSimulator.Start();
        Assert.Equal(status, (await site.Post("/rest/api/3/issue", RunningSimulator.Issue(new string('x', length)))).Status);
    }

    [Fact]
    public async Task An_edit_sets_adds_and_removes_but_never_one_field_in_both_ways()
    {
        await using var site = await RunningSimulator.Start();
        var key = await site.CreateTask(labels: ["one", "two"]);
        Assert.Equal(204, (await site.Put($"/rest/api/3/issue/{key}", new { fields = new { summary = "Changed" }, update = new { labels = new object[] { new { add = "three" }, new { remove = "one" } } } })).Status);
        var fields = (await site.Get($"/rest/api/3/issue/{key}?fields=summary,labels")).Json.GetProperty("fields");
        Assert.Equal("Changed", fields.GetProperty("summary").GetString());
        Assert.Equal(["two", "three"], fields.GetProperty("labels").EnumerateArray().Select(l => l.GetString()));

        var both = await site.Put($"/rest/api/3/issue/{key}", new { fields = new { labels = new[] { "x" }, summary = "Never" }, update = new { labels = new[] { new { add = "y" } } } });
        Assert.Equal(400, both.Status);
        Assert.True(both.Json.GetProperty("errors").TryGetProperty("labels", out _));
        Assert.Equal("Changed", (await site.Get($"/rest/api/3/issue/{key}")).Json.GetProperty("fields").GetProperty("summary").GetString());
        Assert.Equal(404, (await site.Put("/rest/api/3/issue/MD-999", new { fields = new { summary = "x" } })).Status);
    }

    [Fact]
    public async Task Only_the_transitions_of_the_present_status_can_be_taken()
    {
        await using var site = await RunningSimulator.Start();
        var key = await site.CreateTask();
        Assert.Equal(["In Progress", "Done"], await Reachable());
        Assert.Equal(204, (await Take("31")).Status);
        Assert.Equal(["To Do"], await Reachable());
        var refused = await Take("21");
        Assert.Equal(400, refused.Status);
        Assert.Contains("not valid for this issue", refused.Text, StringComparison.Ordinal);
        Assert.Equal("Done", (await site.Get($"/rest/api/3/issue/{key}?fields=status")).Json.GetProperty("fields").GetProperty("status").GetProperty("name").GetString());

        Task<Reply> Take(string id) => site.Post($"/rest/api/3/issue/{key}/transitions", new { transition = new { id } });
        async Task<string[]> Reachable() => [.. (await site.Get($"/rest/api/3/issue/{key}/transitions")).Json.GetProperty("transitions").EnumerateArray().Select(t => t.GetProperty("to").GetProperty("name").GetString()!)];
    }

    [Fact]
    public async Task Comments_are_listed_oldest_or_newest_first_with_their_properties()
    {
        await using var site = await RunningSimulator.Start();
        foreach (var text in (string[])["one", "two", "three"])
            Assert.Equal(201, (await site.Post("/rest/api/3/issue/MD-2/comment", new { body = RunningSimulator.Adf(text), properties = new[] { new { key = "riq.request", value = new { token = text } } } })).Status);
        Assert.Equal(["one", "two", "three"], Tokens(await site.Get("/rest/api/3/issue/MD-2/comment?expand=properties")));
        var newest = await site.Get("/rest/api/3/issue/MD-2/comment?orderBy=-created&maxResults=2&expand=properties");
        Assert.Equal(["three", "two"], Tokens(newest));
        Assert.Equal(3, newest.Json.GetProperty("total").GetInt32());
        Assert.Equal(["two"], Tokens(await site.Get("/rest/api/3/issue/MD-2/comment?startAt=1&maxResults=1&expand=properties")));

        var refused = await site.Post("/rest/api/3/issue/MD-2/comment", new { body = "no document" });
        Assert.Equal("Comment body is not valid!", refused.Json.GetProperty("errors").GetProperty("comment").GetString());

        static string[] Tokens(Reply reply) => [.. reply.Json.GetProperty("comments").EnumerateArray().Select(c => c.GetProperty("properties")[0].GetProperty("value").GetProperty("token").GetString()!)];
    }

    [Fact]
    public async Task Deleting_takes_subtasks_along_when_asked_and_is_404_the_second_time()
    {
        await using var site = await RunningSimulator.Start();
        var parent = await site.CreateTask();
        var child = await site.CreateTask(type: "Sub-task", parent: parent);
        Assert.Equal(400, (await site.Delete($"/rest/api/3/issue/{parent}")).Status);
        Assert.Equal(204, (await site.Delete($"/rest/api/3/issue/{parent}?deleteSubtasks=true")).Status);
        Assert.Equal(404, (await site.Delete($"/rest/api/3/issue/{parent}?deleteSubtasks=true")).Status);
        Assert.Equal(404, (await site.Get($"/rest/api/3/issue/{child}")).Status);
    }

    [Fact]
    public async Task A_bulk_create_makes_the_right_ones_and_numbers_the_wrong_ones()
    {
        await using var site = await RunningSimulator.Start();
        var made = await site.Post("/rest/api/3/issue/bulk", new { issueUpdates = new[] { RunningSimulator.Issue("a", "t1"), RunningSimulator.Issue("b", "t2", labels: ["x y"]), RunningSimulator.Issue("c", "t3") } });
        Assert.Equal(201, made.Status);
        Assert.Equal(["MD-21", "MD-22"], made.Json.GetProperty("issues").EnumerateArray().Select(i => i.GetProperty("key").GetString()));
        var error = made.Json.GetProperty("errors").EnumerateArray().Single();
        Assert.Equal((1, 400), (error.GetProperty("failedElementNumber").GetInt32(), error.GetProperty("status").GetInt32()));
        Assert.Equal(["t1", "t3"], (await site.Get("/__sim/effects")).Json.EnumerateObject().Select(m => m.Name).Order());

        Assert.Equal(400, (await site.Post("/rest/api/3/issue/bulk", new { issueUpdates = Enumerable.Repeat(RunningSimulator.Issue(), 51) })).Status);
        var fetched = await site.Post("/rest/api/3/issue/bulkfetch", new { issueIdsOrKeys = new[] { "MD-22", "MD-1", "MD-77" }, fields = new[] { "summary" } });
        Assert.Equal(["MD-1", "MD-22"], fetched.Json.GetProperty("issues").EnumerateArray().Select(i => i.GetProperty("key").GetString()));
        Assert.Equal("MD-77", fetched.Json.GetProperty("issueErrors")[0].GetProperty("id").GetString());
    }

    [Fact]
    public async Task Properties_are_put_read_and_removed()
    {
        await using var site = await RunningSimulator.Start();
        Assert.Equal(201, (await site.Put("/rest/api/3/issue/MD-3/properties/note", new { a = 1 })).Status);
        Assert.Equal(200, (await site.Put("/rest/api/3/issue/MD-3/properties/note", new { a = 2 })).Status);
        Assert.Equal(2, (await site.Get("/rest/api/3/issue/MD-3/properties/note")).Json.GetProperty("value").GetProperty("a").GetInt32());
        Assert.Equal(204, (await site.Delete("/rest/api/3/issue/MD-3/properties/note")).Status);
        Assert.Equal(404, (await site.Get("/rest/api/3/issue/MD-3/properties/note")).Status);
    }

    [Fact]
    public async Task Calls_without_credentials_are_401_and_unknown_calls_404()
    {
        await using var site = await RunningSimulator.Start();
        Assert.Equal(404, (await site.Get("/rest/api/3/dashboard")).Status);
        Assert.Equal(400, (await site.Post("/rest/api/3/issue", "{broken")).Status);
        Assert.Equal(400, (await site.Post("/rest/api/3/issue", """{"fields":{"summary":"\ud800"}}""")).Status);
        site.Http.DefaultRequestHeaders.Authorization = null;
        Assert.Equal(401, (await site.Get("/rest/api/3/myself")).Status);
        Assert.Equal(401, (await site.Get("/wiki/api/v2/spaces")).Status);
        Assert.Equal(200, (await site.Get("/__sim/health")).Status);
    }

    [Fact]
    public async Task The_gateway_has_the_same_calls_under_its_prefix()
    {
        await using var site = await RunningSimulator.Start();
        var read = await site.Get("/ex/jira/some-cloud/rest/api/3/issue/MD-1?fields=summary");
        Assert.Equal("MD-1", read.Json.GetProperty("key").GetString());
        Assert.Contains("/ex/jira/some-cloud/rest/api/3/issue/", read.Json.GetProperty("self").GetString(), StringComparison.Ordinal);
        Assert.Equal(200, (await site.Get("/ex/confluence/some-cloud/wiki/api/v2/spaces?keys=MD")).Status);
        Assert.Equal(404, (await site.Get("/ex/confluence/some-cloud/rest/api/3/issue/MD-1")).Status);
        Assert.Equal("/rest/api/3/issue/MD-1", (await site.Ledger())[0].GetProperty("path").GetString());
    }

    [Fact]
    public async Task Data_Center_has_version_2_only_with_texts_names_and_the_old_search()
    {
        await using var site = await RunningSimulator.Start("--Simulator:DataCenter=true");
        Assert.Equal(404, (await site.Get("/rest/api/3/issue/MD-1")).Status);
        var created = await site.Post("/rest/api/2/issue", new { fields = new { project = new { key = "MD" }, issuetype = new { name = "Task" }, summary = "On premises", description = "h1. wiki text\nsecond line", assignee = new { name = "bob" } } });
        Assert.Equal(201, created.Status);
        var fields = (await site.Get("/rest/api/2/issue/MD-21")).Json.GetProperty("fields");
        Assert.Equal("h1. wiki text\nsecond line", fields.GetProperty("description").GetString());
        Assert.Equal("bob", fields.GetProperty("assignee").GetProperty("name").GetString());
        Assert.False(fields.GetProperty("assignee").TryGetProperty("accountId", out _));

        var found = (await site.Get("/rest/api/2/search?jql=project%3DMD%20order%20by%20key&startAt=5&maxResults=3&fields=summary")).Json;
        Assert.Equal((21, 5), (found.GetProperty("total").GetInt32(), found.GetProperty("startAt").GetInt32()));
        Assert.Equal(["MD-6", "MD-7", "MD-8"], found.GetProperty("issues").EnumerateArray().Select(i => i.GetProperty("key").GetString()));
        Assert.Equal(400, (await site.Post("/rest/api/2/issue/MD-1/comment", new { body = new { type = "doc" } })).Status);
    }

    [Fact]
    public async Task Two_hundred_creates_at_once_get_keys_of_their_own()
    {
        await using var site = await RunningSimulator.Start("--Simulator:Limits:Enabled=false");
        var keys = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => site.CreateTask($"task {i}", $"token-{i}")));
        Assert.Equal(200, keys.Distinct().Count());
        Assert.Equal(200, (await site.Get("/__sim/effects")).Json.EnumerateObject().Count(m => m.Value.GetArrayLength() == 1));
        Assert.Equal(JsonValueKind.True, (await site.Get("/__sim/ledger/assertions")).Json.GetProperty("ok").ValueKind);
    }
}
