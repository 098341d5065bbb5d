using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Riq.Adapters;
using Riq.Contracts;
using Xunit;

namespace Riq.IntegrationTests.Adapters;

/// <summary>What every way of using Jira gives: directly, and through the queue.</summary>
public abstract class JiraAdapterSuite() : AdapterTest("jira")
{
    const string Issue = """
        {"id":"10001","key":"MD-1","self":"x","fields":{"summary":"Title","description":{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"bold","marks":[{"type":"strong"}]}]}]},
        "issuetype":{"name":"Story","subtask":false},"status":{"name":"In Progress"},"priority":{"name":"High"},"assignee":{"accountId":"a1"},"reporter":{"accountId":"r1"},"parent":{"key":"MD-0"},
        "project":{"key":"MD","id":"1"},"labels":["x","riq-0123456789abcdef","riq-release"],"duedate":"2026-04-01","created":"2026-03-01T10:00:00.000+0200","updated":"2026-03-01T09:30:00.123+0000",
        "customfield_10016":5.0,"customfield_2":null,"customfield_3":{"value":"v"}}}
        """;

    string Marker => RequestMarker.Label(Token);

    [Fact]
    public async Task The_probe_asks_who_it_is_and_says_what_came_of_it()
    {
        Service.On("GET", "/rest/api/3/myself", 200, """{"accountId":"a1"}""").On("GET", "/rest/api/3/myself", 503);
        Assert.True((await Adapter.Probe(default)).Success);
        Assert.Equal(ErrorCodes.ServiceUnavailable, (await Adapter.Probe(default)).Error!.Code);
        Assert.Equal(["GET /rest/api/3/myself", "GET /rest/api/3/myself"], Service.Routes);
    }

    [Fact]
    public async Task A_task_is_read_and_normalized()
    {
        await using var provider = Provider(Service.Url, ("StoryPointsField", "customfield_10016"));
        Service.On("GET", "/rest/api/3/issue/MD-1", 200, Issue);
        var result = await Run(provider.GetRequiredService<IServiceAdapter>(), "get_task", """{"task_id":"md-1"}""");
        Same($$$$"""
            {"id":"MD-1","external_id":"10001","title":"Title","description":"**bold**","type":"story","status":"In Progress","priority":"High","assignee":"a1","reporter":"r1","parent_id":"MD-0","project_id":"MD",
            "labels":["x","riq-release"],"story_points":5,"due_date":"2026-04-01","created_at":"2026-03-01T08:00:00+00:00","updated_at":"2026-03-01T09:30:00.123+00:00","deep_link":"{{{{Service.Url}}}}/browse/MD-1",
            "custom_fields":{"customfield_10016":5.0,"customfield_3":{"value":"v"}}}
            """, result.Data);
        Assert.StartsWith("GET /rest/api/3/issue/MD-1?fields=summary%2Cdescription%2C", Assert.Single(Service.Routes));
    }

    [Fact]
    public async Task Every_call_bears_the_credential_and_the_workers_name()
    {
        Service.On("GET", "/rest/api/3/issue/1", 200, Issue);
        await Succeeds("get_task", """{"task_id":"1"}""");
        var headers = Assert.Single(Service.Calls).Headers;
        Assert.Equal("Basic YW5uQHgudGVzdDpzM2NyM3QtdG9rZW4=", headers["Authorization"]);
        Assert.Matches(@"^riq/[0-9.]+\S* \(worker-7\)$", headers["User-Agent"]);
    }

    [Fact]
    public async Task A_search_by_filters_names_its_fields_and_stops_at_the_last_page()
    {
        Service.On("POST", "/rest/api/3/search/jql", 200, $$"""{"issues":[{{Issue}}],"isLast":true,"nextPageToken":"ignored"}""");
        var page = await Succeeds("search_tasks", """{"project_id":"M\"D","type":"subtask","limit":7}""");
        Assert.Equal("MD-1", page.GetProperty("tasks")[0].GetProperty("id").GetString());
        Assert.False(page.TryGetProperty("next_page_token", out _));
        Same("""{"jql":"project = \"M\\\"D\" AND issuetype = \"Sub-task\" ORDER BY created DESC","fields":["summary","description","issuetype","status","priority","assignee","reporter","parent","project","labels","duedate","created","updated"],"maxResults":7}""",
            Assert.Single(Service.Calls).Json);
    }

    [Fact]
    public async Task A_search_goes_on_over_short_pages_until_its_limit()
    {
        Service.On("POST", "/rest/api/3/search/jql", 200, $$"""{"issues":[{{Issue}},{{Issue}}],"nextPageToken":"t1"}""")
            .On("POST", "/rest/api/3/search/jql", 200, $$"""{"issues":[{{Issue}}],"nextPageToken":"t2","isLast":false}""");
        var page = await Succeeds("search_tasks", """{"jql":"project = MD","limit":3,"page_token":"t0"}""");
        Assert.Equal(3, page.GetProperty("tasks").GetArrayLength());
        Assert.Equal("t2", page.GetProperty("next_page_token").GetString());
        Assert.Equal([("t0", 3), ("t1", 1)], Service.Calls.Select(c => (c.Json["nextPageToken"]!.GetValue<string>(), c.Json["maxResults"]!.GetValue<int>())));
    }

    [Theory]
    [InlineData("""{"issues":[ISSUE],"nextPageToken":"t0"}""")]
    [InlineData("""{"issues":[ISSUE]}""")]
    [InlineData("""{"issues":[ISSUE],"nextPageToken":null}""")]
    public async Task A_repeated_or_missing_token_ends_a_search(string page)
    {
        Service.On("POST", "/rest/api/3/search/jql", 200, page.Replace("ISSUE", Issue));
        var found = await Succeeds("search_tasks", """{"jql":"project = MD","page_token":"t0"}""");
        Assert.Single(Service.Calls);
        Assert.False(found.TryGetProperty("next_page_token", out _));
    }

    [Theory]
    [InlineData("""{"jql":"project = MD","status":"Done"}""")]
    [InlineData("""{"text":"***"}""")]
    public async Task A_search_without_one_clear_condition_is_refused_before_any_call(string payload)
    {
        Assert.Equal(ErrorCodes.ValidationError, (await Fails("search_tasks", payload)).Code);
        Assert.Empty(Service.Calls);
    }

    [Fact]
    public async Task Children_of_an_epic_are_searched_by_parent()
    {
        Service.On("POST", "/rest/api/3/search/jql", 200, $$"""{"issues":[{{Issue}}],"isLast":true}""");
        await Succeeds("get_epic_children", """{"epic_id":"md-9"}""");
        var body = Assert.Single(Service.Calls).Json;
        Assert.Equal("parent = \"MD-9\" ORDER BY created DESC", body["jql"]!.GetValue<string>());
        Assert.Equal(100, body["maxResults"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_create_sends_every_field_and_the_marker()
    {
        Service.On("POST", "/rest/api/3/issue", 201, """{"id":"10002","key":"MD-2","self":"x"}""");
        var task = await Succeeds("create_task", """
            {"title":"T","description":"a *b*","project_id":"MD","type":"Bug","priority":"High","parent_id":"MD-1","assignee":"a1","labels":["x","x"],"custom_fields":{"customfield_1":{"id":"2"},"duedate":null}}
            """);
        Same($$$"""
            {"fields":{"project":{"key":"MD"},"issuetype":{"name":"Bug"},"summary":"T","description":{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"a "},{"type":"text","text":"b","marks":[{"type":"em"}]}]}]},
            "priority":{"name":"High"},"parent":{"key":"MD-1"},"assignee":{"accountId":"a1"},"labels":["x","{{{Marker}}}"],"customfield_1":{"id":"2"},"duedate":null},"properties":[{"key":"riq.request","value":{"token":"{{{Token}}}"}}]}
            """, Assert.Single(Service.Calls).Json);
        Assert.Equal("POST /rest/api/3/issue", Assert.Single(Service.Routes));
        Same($$"""{"id":"MD-2","external_id":"10002","title":"T","description":"a *b*","type":"bug","priority":"High","assignee":"a1","parent_id":"MD-1","project_id":"MD","labels":["x","x"],"deep_link":"{{Service.Url}}/browse/MD-2"}""", task);
    }

    [Theory]
    [InlineData("create_task", """{"title":"T","project_id":"MD"}""", "Task")]
    [InlineData("create_epic", """{"title":"T","project_id":"10000"}""", "Epic")]
    [InlineData("create_subtask", """{"title":"T","project_id":"MD","parent_id":"MD-1"}""", "Sub-task")]
    public async Task The_kinds_of_create_differ_in_their_type(string operation, string payload, string type)
    {
        Service.On("POST", "/rest/api/3/issue", 201, """{"id":"10002","key":"MD-2"}""");
        await Succeeds(operation, payload);
        Assert.Equal(type, Assert.Single(Service.Calls).Json["fields"]!["issuetype"]!["name"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("""{"title":"T","project_id":"MD","type":"subtask"}""", "parent_id")]
    [InlineData("""{"title":"T","project_id":"MD","custom_fields":{"Labels":["y"]}}""", "custom_fields must not set Labels")]
    [InlineData("""{"title":"a\nb","project_id":"MD"}""", "payload.title must be a single line")]
    public async Task What_could_never_be_created_is_refused_before_any_call(string payload, string message)
    {
        var error = await Fails("create_task", payload);
        Assert.Equal((ErrorCodes.ValidationError, false), (error.Code, error.Unclear));
        Assert.Contains(message, error.Message);
        Assert.Empty(Service.Calls);
    }

    [Fact]
    public async Task Field_errors_of_a_create_are_final_and_told()
    {
        Service.On("POST", "/rest/api/3/issue", 400, """{"errorMessages":[],"errors":{"summary":"You must specify a summary."}}""");
        var error = await Fails("create_task", """{"title":"T","project_id":"MD"}""");
        Assert.Equal((ErrorCodes.ValidationError, 400, false), (error.Code, error.HttpStatus, error.Unclear));
        Assert.Equal("You must specify a summary.", error.Details!.Value.GetProperty("summary").GetString());
    }

    [Fact]
    public async Task An_update_sends_only_what_changes_and_clears_what_is_empty()
    {
        Service.On("PUT", "/rest/api/3/issue/MD-1", 204);
        var task = await Succeeds("update_task", """{"task_id":"md-1","title":"New","description":"","assignee":"","labels":[],"parent_id":"MD-3","priority":null,"custom_fields":{"customfield_1":3}}""");
        Same("""{"fields":{"summary":"New","description":null,"assignee":null,"labels":[],"parent":{"key":"MD-3"},"customfield_1":3}}""", new System.Text.Json.Nodes.JsonObject { ["fields"] = Assert.Single(Service.Calls).Json["fields"]!.DeepClone() });
        Assert.Equal("MD-1", task.GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_transition_is_found_by_the_targets_name_in_any_case()
    {
        Service.On("GET", "/rest/api/3/issue/MD-1", 200, """{"id":"10001","key":"MD-1","fields":{"status":{"name":"To Do"}}}""")
            .On("GET", "/rest/api/3/issue/MD-1/transitions", 200, """{"transitions":[{"id":"11","name":"Start","to":{"name":"In Progress"}},{"id":"31","name":"Finish","to":{"name":"Done"}}]}""")
            .On("POST", "/rest/api/3/issue/MD-1/transitions", 204);
        var task = await Succeeds("transition_task", """{"task_id":"MD-1","target_status":"DONE"}""");
        Assert.Equal(["GET /rest/api/3/issue/MD-1?fields=status&properties=riq.change", "GET /rest/api/3/issue/MD-1/transitions", "POST /rest/api/3/issue/MD-1/transitions"], Service.Routes);
        Same("""{"id":"31"}""", Service.Calls[^1].Json["transition"]!);
        Same($$"""{"id":"MD-1","external_id":"10001","status":"Done","deep_link":"{{Service.Url}}/browse/MD-1"}""", task);
    }

    [Fact]
    public async Task A_task_that_is_there_already_is_not_moved()
    {
        Service.On("GET", "/rest/api/3/issue/MD-1", 200, """{"id":"10001","key":"MD-1","fields":{"status":{"name":"Done"}}}""");
        Assert.Equal("Done", (await Succeeds("transition_task", """{"task_id":"MD-1","target_status":"done"}""")).GetProperty("status").GetString());
        Assert.Single(Service.Calls);
    }

    [Fact]
    public async Task An_unreachable_status_is_refused_with_those_that_can_be_reached()
    {
        Service.On("GET", "/rest/api/3/issue/MD-1", 200, """{"id":"10001","key":"MD-1","fields":{"status":{"name":"To Do"}}}""")
            .On("GET", "/rest/api/3/issue/MD-1/transitions", 200, """{"transitions":[{"id":"11","to":{"name":"In Progress"}},{"id":"12","to":{"name":"Blocked"}}]}""");
        var error = await Fails("transition_task", """{"task_id":"MD-1","target_status":"Done"}""");
        Assert.Equal((ErrorCodes.ValidationError, false), (error.Code, error.Unclear));
        Assert.Contains("In Progress, Blocked", error.Message);
        Assert.Equal(2, error.Details!.Value.GetProperty("reachable_statuses").GetArrayLength());
    }

    [Fact]
    public async Task A_comment_is_sent_as_a_document_with_the_marker()
    {
        Service.On("POST", "/rest/api/3/issue/MD-1/comment", 201, """{"id":"77","created":"2026-03-01T10:00:00.000+0000"}""");
        var comment = await Succeeds("add_comment", """{"task_id":"MD-1","comment":"hi\nyou"}""");
        Same($$$"""{"body":{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"hi"},{"type":"hardBreak"},{"type":"text","text":"you"}]}]},"properties":[{"key":"riq.request","value":{"token":"{{{Token}}}"}}]}""",
            Assert.Single(Service.Calls).Json);
        Same("""{"id":"77","task_id":"MD-1","created_at":"2026-03-01T10:00:00+00:00"}""", comment);
    }

    [Theory]
    [InlineData(204)]
    [InlineData(404)]
    public async Task A_delete_succeeds_when_the_task_is_gone(int status)
    {
        Service.On("DELETE", "/rest/api/3/issue/MD-1", status);
        Same("""{"id":"MD-1"}""", await Succeeds("delete_task", """{"task_id":"MD-1"}"""));
        Assert.Equal("DELETE /rest/api/3/issue/MD-1?deleteSubtasks=true", Assert.Single(Service.Routes));
    }

    [Theory]
    [InlineData("get_task", """{"task_id":"../../admin"}""")]
    [InlineData("delete_task", """{"task_id":".."}""")]
    [InlineData("add_comment", """{"task_id":"MD-1?x=1","comment":"c"}""")]
    [InlineData("get_epic_children", """{"epic_id":"MD-1\" OR 1"}""")]
    public async Task What_is_no_task_id_never_becomes_part_of_a_call(string operation, string payload)
    {
        Assert.Equal(ErrorCodes.ValidationError, (await Fails(operation, payload)).Code);
        Assert.Empty(Service.Calls);
    }

    [Fact]
    public async Task A_deeply_nested_list_is_sent_whole()
    {
        Service.On("POST", "/rest/api/3/issue/MD-1/comment", 201, """{"id":"77"}""");
        var comment = string.Join("\\n", Enumerable.Range(0, 30).Select(i => new string(' ', i * 2) + "- level" + i));
        await Succeeds("add_comment", $$"""{"task_id":"MD-1","comment":"{{comment}}"}""");
        var body = JsonNode.Parse(Assert.Single(Service.Calls).Body, documentOptions: new() { MaxDepth = 500 })!;
        Assert.Contains("level29", body.ToJsonString(new() { MaxDepth = 500 }));
    }

    [Fact]
    public async Task The_gateways_address_keeps_its_path_and_gives_no_deep_link()
    {
        await using var provider = Provider(Service.Url + "/ex/jira/cloud-1/");
        Service.On("GET", "/ex/jira/cloud-1/rest/api/3/issue/MD-1", 200, Issue);
        var result = await Run(provider.GetRequiredService<IServiceAdapter>(), "get_task", """{"task_id":"MD-1"}""");
        Assert.True(result.Success);
        Assert.False(result.Data.TryGetProperty("deep_link", out _));
    }
}
