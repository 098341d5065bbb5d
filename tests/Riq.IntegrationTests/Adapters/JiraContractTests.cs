using NJsonSchema;
using NSwag;
using Xunit;

namespace Riq.IntegrationTests.Adapters;

/// <summary>Every request that the adapter sends, against Atlassian's own OpenAPI document where that is at hand.</summary>
public sealed class JiraContractTests() : AdapterTest("jira")
{
    const string Document = "jira-cloud-v3.pruned.json";

    const string EverythingButId = """
        "title":"T","description":"# h\n\n- a\n  1. b\n\n```js\nx\ny\n```\n\n> q\n\n| a |\n|---|\n| 1 |\n\n[l](https://x.test) ~~s~~","priority":"High","parent_id":"MD-1","assignee":"a1","labels":["x"],"custom_fields":{"customfield_1":[1,"a",{"b":null}]}
        """;

    [Fact]
    public async Task Every_request_conforms_to_atlassians_document()
    {
        await SendEverything();
        Assert.Equal(
            ["DELETE", "GET", "GET", "GET", "GET", "POST", "POST", "POST", "POST", "POST", "POST", "POST", "PUT"], Service.Calls.Select(c => c.Method).Order());
        if (FindDocument() is not { } path) return;

        var document = await OpenApiDocument.FromJsonAsync(await File.ReadAllTextAsync(path));
        Assert.Empty(Service.Calls.SelectMany(c => Faults(document, c)));
    }

    [Fact]
    public async Task The_check_finds_a_request_that_does_not_conform()
    {
        if (FindDocument() is not { } path) return;
        var document = await OpenApiDocument.FromJsonAsync(await File.ReadAllTextAsync(path));
        static FakeService.Received Call(string method, string path, string body) => new(method, path, body, new Dictionary<string, string>());
        Assert.NotEmpty(Faults(document, Call("POST", "/rest/api/3/search/jql", """{"jql":5}""")));
        Assert.NotEmpty(Faults(document, Call("POST", "/rest/api/3/search/jql", """{"jql":"x","limit":5}""")));
        Assert.NotEmpty(Faults(document, Call("GET", "/rest/api/3/issue/MD-1?field=x", "")));
        Assert.NotEmpty(Faults(document, Call("GET", "/rest/api/2/issue/MD-1", "")));
        Assert.NotEmpty(Faults(document, Call("POST", "/rest/api/3/issue", """{"fields":[]}""")));
    }

    async Task SendEverything()
    {
        Service.On("GET", "/rest/api/3/issue/MD-1", 200, """{"id":"1","key":"MD-1","fields":{"status":{"name":"To Do"}}}""")
            .On("GET", "/rest/api/3/issue/MD-1/transitions", 200, """{"transitions":[{"id":"31","to":{"name":"Done"}}]}""")
            .On("POST", "/rest/api/3/issue/MD-1/transitions", 204)
            .On("POST", "/rest/api/3/issue/MD-1/comment", 201, """{"id":"7"}""")
            .On("POST", "/rest/api/3/issue", 201, """{"id":"2","key":"MD-2"}""")
            .On("PUT", "/rest/api/3/issue/MD-1", 204)
            .On("DELETE", "/rest/api/3/issue/MD-1", 204)
            .On("GET", "/rest/api/3/myself", 200, "{}")
            .On("POST", "/rest/api/3/search/jql", 200, """{"issues":[],"isLast":true}""");
        await Succeeds("get_task", """{"task_id":"MD-1"}""");
        await Succeeds("search_tasks", """{"project_id":"MD","status":"Done","type":"bug","assignee":"a1","labels":["x"],"text":"words","parent_id":"MD-1","limit":10,"page_token":"t"}""");
        await Succeeds("get_epic_children", """{"epic_id":"MD-1"}""");
        await Succeeds("create_task", $$"""{"project_id":"MD",{{EverythingButId}}}""");
        await Succeeds("create_epic", """{"title":"E","project_id":"MD"}""");
        await Succeeds("create_subtask", """{"title":"S","project_id":"MD","parent_id":"MD-1"}""");
        await Succeeds("update_task", $$"""{"task_id":"MD-1","type":"story",{{EverythingButId}}}""");
        await Succeeds("transition_task", """{"task_id":"MD-1","target_status":"Done"}""");
        await Succeeds("add_comment", """{"task_id":"MD-1","comment":"**hi**"}""");
        await Succeeds("delete_task", """{"task_id":"MD-1"}""");
    }

    static IEnumerable<string> Faults(OpenApiDocument document, FakeService.Received call)
    {
        var parts = call.Path.Split('?');
        var operations = document.Paths.Where(p => Matches(p.Key, parts[0])).OrderBy(p => p.Key.Count(c => c == '{')).Select(p => p.Value).FirstOrDefault();
        if (operations is null || !operations.TryGetValue(call.Method.ToLowerInvariant(), out var operation)) return [$"{call} is not in the document."];
        var known = operation.ActualParameters.Where(p => p.Kind == OpenApiParameterKind.Query).Select(p => p.Name).ToHashSet();
        var query = parts.Length > 1 ? parts[1].Split('&').Select(p => p.Split('=')[0]) : [];
        return [.. query.Where(q => !known.Contains(q)).Select(q => $"{call}: {q} is no parameter."), .. BodyFaults(operation, call)];
    }

    static IEnumerable<string> BodyFaults(OpenApiOperation operation, FakeService.Received call)
    {
        if (operation.RequestBody is null) return call.Body.Length == 0 ? [] : [$"{call}: takes no body."];
        if (call.Body.Length == 0) return [$"{call}: has no body."];
        var schema = operation.RequestBody.ActualRequestBody.Content["application/json"].Schema.ActualSchema;
        return schema.Validate(call.Body, SchemaType.OpenApi3).Select(e => $"{call}: {e}");
    }

    static bool Matches(string template, string path)
    {
        var (wanted, given) = (template.Split('/'), path.Split('/'));
        return wanted.Length == given.Length && wanted.Zip(given).All(p => p.First.StartsWith('{') || p.First == p.Second);
    }

    static string? FindDocument()
    {
        if (Environment.GetEnvironmentVariable("RIQ_SHARED") is { Length: > 0 } shared && Existing(shared) is { } named) return named;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Existing(Path.Combine(folder.FullName, "shared")) is { } found) return found;
        return null;
    }

    static string? Existing(string shared) => Path.Combine(shared, "specs", Document) is var path && File.Exists(path) ? path : null;
}
