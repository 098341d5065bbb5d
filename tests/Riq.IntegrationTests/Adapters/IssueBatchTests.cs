using System.Text.Json;
using Riq.Contracts;

namespace Riq.IntegrationTests.Adapters;

/// <summary>Several requests in one call to Jira: each gets what is its own.</summary>
public sealed class IssueBatchTests() : AdapterTest("jira")
{
    const string Bulk = "/rest/api/3/issue/bulk";
    const string Fetch = "/rest/api/3/issue/bulkfetch";

    async Task<IReadOnlyList<AdapterResult<JsonElement>>> RunAll(string operation, params string[] payloads)
    {
        var declaration = Adapter.Operations.Single(o => o.Name == $"jira.{operation}");
        return await Adapter.ExecuteMany([.. payloads.Select((p, i) => new OperationCall(declaration, JsonDocument.Parse(p).RootElement, $"req_{i:D32}"))], CancellationToken.None);
    }

    static string Task(string title) => JsonSerializer.Serialize(new { title, project_id = "MD" });

    [Fact]
    public async Task Created_issues_are_dealt_out_by_the_positions_that_did_not_fail()
    {
        Service.On("POST", Bulk, 201, """
            {"issues":[{"id":"1","key":"MD-1"},{"id":"2","key":"MD-2"}],
             "errors":[{"status":400,"elementErrors":{"errorMessages":[],"errors":{"summary":"Not this one.","environment":"You sent s3cr3t-token."}},"failedElementNumber":1}]}
            """);
        var results = await RunAll("create_task", Task("a"), Task("b"), Task("c"));

        Assert.Equal(("MD-1", "a"), (results[0].Data.GetProperty("id").GetString(), results[0].Data.GetProperty("title").GetString()));
        Assert.Equal(("MD-2", "c"), (results[2].Data.GetProperty("id").GetString(), results[2].Data.GetProperty("title").GetString()));
        var error = results[1].Error!;
        Assert.Equal((ErrorCodes.ValidationError, false, 400), (error.Code, error.Unclear, error.HttpStatus));
        Assert.Equal("Not this one.", error.Details!.Value.GetProperty("summary").GetString());
        Assert.DoesNotContain("s3cr3t", error.Details.Value.GetRawText() + error.Message, StringComparison.Ordinal);
        var sent = Assert.Single(Service.Calls).Json["issueUpdates"]!.AsArray();
        Assert.Equal(["req_00000000000000000000000000000000", "req_00000000000000000000000000000001", "req_00000000000000000000000000000002"],
            sent.Select(u => u!["properties"]![0]!["value"]!["token"]!.GetValue<string>()));
        Assert.Equal(3, sent.Select(u => u!["fields"]!["labels"]![0]!.GetValue<string>()).Distinct().Count());
    }

    [Fact]
    public async Task A_number_of_issues_that_does_not_add_up_is_unclear_for_all()
    {
        Service.On("POST", Bulk, 201, """{"issues":[{"id":"1","key":"MD-1"}],"errors":[]}""");
        Assert.All(await RunAll("create_task", Task("a"), Task("b")), r => Assert.True(r.Error!.Unclear));
    }

    [Fact]
    public async Task A_refusal_that_names_a_created_issue_all_the_same_is_unclear_and_nothing_is_sent_again()
    {
        Service.On("POST", Bulk, 400, """{"issues":[{"id":"1","key":"MD-1"}],"errors":[]}""");
        Assert.All(await RunAll("create_task", Task("a"), Task("b")), r => Assert.True(r.Error!.Unclear));
        Assert.Single(Service.Calls);
    }

    [Fact]
    public async Task An_item_at_which_Jira_itself_failed_is_unclear_alone()
    {
        Service.On("POST", Bulk, 201, """{"issues":[{"id":"1","key":"MD-1"}],"errors":[{"status":500,"failedElementNumber":0}]}""");
        var results = await RunAll("create_task", Task("a"), Task("b"));
        Assert.True(results[0].Error!.Unclear);
        Assert.Equal("b", results[1].Data.GetProperty("title").GetString());
    }

    [Fact]
    public async Task Long_ones_go_in_as_many_calls_as_their_size_needs()
    {
        foreach (var numbers in new[] { Enumerable.Range(1, 10), [11, 12] })
            Service.On("POST", Bulk, 201, JsonSerializer.Serialize(new { issues = numbers.Select(n => new { id = $"{n}", key = $"MD-{n}" }) }));
        var description = string.Concat(Enumerable.Repeat("長", 32_000));   // three bytes each
        var results = await RunAll("create_task", [.. Enumerable.Range(1, 12).Select(n => JsonSerializer.Serialize(new { title = $"{n}", project_id = "MD", description }))]);
        Assert.Equal(Enumerable.Range(1, 12).Select(n => ($"{n}", $"MD-{n}")), results.Select(r => (r.Data.GetProperty("title").GetString()!, r.Data.GetProperty("id").GetString()!)));
        Assert.Equal(2, Service.Calls.Count);
    }

    [Fact]
    public async Task When_all_of_them_are_wrong_each_hears_its_own_fault()
    {
        Service.On("POST", Bulk, 400, """
            {"issues":[],"errors":[{"status":400,"elementErrors":{"errors":{"summary":"one"}},"failedElementNumber":0},{"status":400,"elementErrors":{"errors":{"summary":"two"}},"failedElementNumber":1}]}
            """);
        var results = await RunAll("create_task", Task("a"), Task("b"));
        Assert.Equal(["one", "two"], results.Select(r => r.Error!.Details!.Value.GetProperty("summary").GetString()));
        Assert.Single(Service.Calls);
    }

    [Fact]
    public async Task What_is_refused_as_a_whole_is_asked_again_in_halves_so_that_the_bad_one_fails_alone()
    {
        Service.On("POST", Bulk, 400, "<html>Bad request</html>").On("POST", Bulk, 201, """{"issues":[{"id":"3","key":"MD-3"},{"id":"4","key":"MD-4"}],"errors":[]}""");
        Service.On("POST", "/rest/api/3/issue", 400, """{"errorMessages":["Bad."]}""");
        var results = await RunAll("create_task", Task("bad"), Task("c"), Task("d"));
        Assert.Equal([false, true, true], results.Select(r => r.Success));
        Assert.Equal("MD-4", results[2].Data.GetProperty("id").GetString());
    }

    [Theory]
    [InlineData(429, ErrorCodes.RateLimited, false)]
    [InlineData(502, ErrorCodes.ServiceUnavailable, true)]
    [InlineData(403, ErrorCodes.Forbidden, false)]
    public async Task A_failure_of_the_call_is_everybody_s(int status, string code, bool unclear)
    {
        Service.On("POST", Bulk, status);
        Assert.All(await RunAll("create_epic", Task("a"), Task("b")), r => Assert.Equal((code, unclear), (r.Error!.Code, r.Error.Unclear)));
        Assert.Single(Service.Calls);
    }

    [Fact]
    public async Task Read_issues_are_found_by_key_or_id_in_any_order_and_a_missing_one_is_missing_alone()
    {
        Service.On("POST", Fetch, 200, """
            {"issues":[{"id":"10002","key":"MD-2","fields":{"summary":"two"}},{"id":"10001","key":"MD-1","fields":{"summary":"one"}}],
             "issueErrors":[{"id":"MD-9","errorMessage":"Issue does not exist."}]}
            """);
        Service.On("GET", "/rest/api/3/issue/OLD-3", 200, """{"id":"10003","key":"MD-3","fields":{"summary":"moved"}}""");
        var results = await RunAll("get_task", """{"task_id":"md-1"}""", """{"task_id":"10002"}""", """{"task_id":"MD-9"}""", """{"task_id":"OLD-3"}""", """{"task_id":"no key"}""");

        Assert.Equal(["one", "two", "moved"], new[] { 0, 1, 3 }.Select(i => results[i].Data.GetProperty("title").GetString()));
        Assert.Equal((ErrorCodes.NotFound, 404), (results[2].Error!.Code, results[2].Error!.HttpStatus));
        Assert.Equal(ErrorCodes.ValidationError, results[4].Error!.Code);
        Assert.Equal(2, Service.Calls.Count);
    }
}
