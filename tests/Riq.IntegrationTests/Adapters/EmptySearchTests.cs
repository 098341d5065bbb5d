using Riq.Contracts;
using Xunit;

namespace Riq.IntegrationTests.Adapters;

/// <summary>Jira may answer an expired token as somebody who has not logged in: with nothing.</summary>
public sealed class EmptySearchTests() : AdapterTest("jira")
{
    const string Search = "/rest/api/3/search/jql";
    const string Myself = "/rest/api/3/myself";
    const string Query = """{"project_id":"MD"}""";

    [Fact]
    public async Task A_search_that_finds_nothing_is_believed_when_jira_knows_who_asks_and_that_is_asked_once()
    {
        Service.On("POST", Search, 200, """{"issues":[],"isLast":true}""").On("GET", Myself, 200, "{}");
        Assert.Empty((await Succeeds("search_tasks", Query)).GetProperty("tasks").EnumerateArray());
        await Succeeds("search_tasks", Query);
        await Succeeds("get_epic_children", """{"epic_id":"MD-1"}""");
        Assert.Single(Service.Routes, $"GET {Myself}");
    }

    [Fact]
    public async Task Nothing_found_with_an_expired_token_is_a_refused_credential()
    {
        Service.On("POST", Search, 200, """{"issues":[],"isLast":true}""").On("GET", Myself, 401);
        Assert.Equal(ErrorCodes.AuthFailed, (await Fails("search_tasks", Query)).Code);
    }
}
