using System.Text.Json;
using Riq.Contracts;
using Xunit;

namespace Riq.IntegrationTests.Adapters;

/// <summary>Changes that are repeated after an attempt without an answer: what is done is not done again, so nothing that others did since is undone.</summary>
static class RepeatedChanges
{
    public static async Task<JsonElement> Again(this IServiceAdapter adapter, string operation, string payload, string token)
    {
        var declaration = adapter.Operations.Single(o => o.Name == $"{adapter.Service}.{operation}");
        var result = await adapter.Execute(new(declaration, JsonDocument.Parse(payload).RootElement, token) { UnclearFrom = EffectSearches.UnclearFrom }, CancellationToken.None);
        Assert.True(result.Success, result.Error?.ToString());
        return result.Data;
    }
}

public sealed class RepeatedJiraChangeTests() : AdapterTest("jira")
{
    const string Issue = "/rest/api/3/issue/MD-1";
    const string Transitions = Issue + "/transitions";

    static string ChangedBy(string token, string status = "In Progress") =>
        $$$$"""{"id":"10001","key":"MD-1","fields":{"status":{"name":"{{{{status}}}}"}},"properties":{"riq.change":{"token":"{{{{token}}}}"}}}""";

    [Fact]
    public async Task An_update_that_its_issue_knows_is_not_made_again()
    {
        Service.On("GET", Issue, 200, ChangedBy(Token)).On("PUT", Issue, 204);
        Assert.Equal("New", (await Adapter.Again("update_task", """{"task_id":"MD-1","title":"New"}""", Token)).GetProperty("title").GetString());
        Assert.Equal([$"GET {Issue}?fields=status&properties=riq.change"], Service.Routes);
    }

    [Fact]
    public async Task An_update_that_its_issue_does_not_know_is_made_and_noted_there_in_the_same_call()
    {
        Service.On("GET", Issue, 200, ChangedBy("req_other")).On("PUT", Issue, 204);
        await Adapter.Again("update_task", """{"task_id":"MD-1","title":"New"}""", Token);
        Same($$$"""{"fields":{"summary":"New"},"properties":[{"key":"riq.change","value":{"token":"{{{Token}}}"}}]}""", Service.Calls[^1].Json);
    }

    [Fact]
    public async Task A_transition_after_which_somebody_moved_the_issue_on_is_not_made_again()
    {
        Service.On("GET", Issue, 200, ChangedBy(Token, "Done")).On("GET", Transitions, 200, """{"transitions":[{"id":"11","to":{"name":"In Progress"}}]}""").On("POST", Transitions, 204);
        Assert.Equal("In Progress", (await Adapter.Again("transition_task", """{"task_id":"MD-1","target_status":"In Progress"}""", Token)).GetProperty("status").GetString());
        Assert.DoesNotContain($"POST {Transitions}", Service.Routes);
    }

    [Fact]
    public async Task A_transition_that_did_not_happen_is_made()
    {
        Service.On("GET", Issue, 200, ChangedBy("req_other", "To Do")).On("GET", Transitions, 200, """{"transitions":[{"id":"11","to":{"name":"In Progress"}}]}""").On("POST", Transitions, 204);
        await Adapter.Again("transition_task", """{"task_id":"MD-1","target_status":"In Progress"}""", Token);
        Assert.Contains($"POST {Transitions}", Service.Routes);
    }
}

public sealed class RepeatedPageChangeTests() : AdapterTest("confluence")
{
    const string Page = "/wiki/api/v2/pages/77";
    const string Versions = Page + "/versions";
    const string Present = """{"id":"77","status":"current","title":"Plan","version":{"number":9,"message":"by hand"},"body":{"storage":{"value":"<p>theirs</p>"} } }""";

    [Fact]
    public async Task An_update_that_stands_in_the_page_s_history_is_not_made_again_on_top_of_others()
    {
        Service.On("GET", Page, 200, Present).On("GET", Versions, 200, $$"""{"results":[{"number":9,"message":"by hand"},{"number":8,"message":"riq:{{Token}}"}]}""").On("PUT", Page, 200, Present);
        Assert.Equal(9, (await Adapter.Again("update_page", """{"page_id":"77","content":"ours"}""", Token)).GetProperty("version").GetInt32());
        Assert.DoesNotContain(Service.Calls, c => c.Method == "PUT");
    }

    [Fact]
    public async Task An_update_that_did_not_happen_is_made()
    {
        Service.On("GET", Page, 200, Present).On("GET", Versions, 200, """{"results":[{"number":9,"message":"by hand"}]}""").On("PUT", Page, 200, Present);
        await Adapter.Again("update_page", """{"page_id":"77","content":"ours"}""", Token);
        Assert.Equal(10, (int?)Service.Calls.Single(c => c.Method == "PUT").Json["version"]!["number"]);
    }

    [Fact]
    public async Task A_first_attempt_asks_for_no_history()
    {
        Service.On("GET", Page, 200, Present).On("PUT", Page, 200, Present);
        await Succeeds("update_page", """{"page_id":"77","content":"ours"}""");
        Assert.DoesNotContain(Service.Calls, c => c.Path.StartsWith(Versions, StringComparison.Ordinal));
    }
}
