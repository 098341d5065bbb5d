using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Riq.Contracts;
using Xunit;

namespace Riq.IntegrationTests.Adapters;

/// <summary>What the adapters make of a service's answer when they ask for the effect of a write.</summary>
static class EffectSearches
{
    public static readonly DateTimeOffset UnclearFrom = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static Task<AdapterResult<EffectSearch>> Find(this IServiceAdapter adapter, string operation, string payload, string token, DateTimeOffset? unclearFrom)
    {
        var declaration = adapter.Operations.Single(o => o.Name == $"{adapter.Service}.{operation}");
        Assert.NotNull(declaration.ClearingUp);
        return adapter.FindEffect(new(declaration, JsonDocument.Parse(payload).RootElement, token) { UnclearFrom = unclearFrom }, CancellationToken.None);
    }

    public static T Gives<T>(this AdapterResult<EffectSearch> result) where T : EffectSearch
    {
        Assert.True(result.Success, result.Error?.ToString());
        return Assert.IsType<T>(result.Data);
    }

    public static string IdOf(this AdapterResult<EffectSearch> result) => result.Gives<EffectSearch.Found>().Result.GetProperty("id").GetString()!;
}

public sealed class JiraEffectSearchTests() : AdapterTest("jira")
{
    const string Search = "/rest/api/3/search/jql";
    const string Comments = "/rest/api/3/issue/MD-1/comment";

    static string Issue(string key, string? token = null) =>
        $$$"""{"id":"1","key":"{{{key}}}","fields":{"summary":"Title","created":"2026-03-01T12:00:01.000+0000"}{{{(token is null ? "" : $$$""","properties":{"riq.request":{"token":"{{{token}}}"}}""")}}}}""";

    static string Found(params string[] issues) => $$"""{"issues":[{{string.Join(',', issues)}}],"isLast":true}""";

    Task<AdapterResult<EffectSearch>> Create() => Adapter.Find("create_task", """{"project_id":"MD","title":"Title","type":"task"}""", Token, EffectSearches.UnclearFrom);

    [Fact]
    public async Task An_issue_is_found_by_its_label_in_one_search()
    {
        Service.On("POST", Search, 200, Found(Issue("MD-7")));
        Assert.Equal("MD-7", (await Create()).IdOf());
        var body = Assert.Single(Service.Calls).Json;
        Assert.Matches("^labels = \"riq-[0-9a-f]{16}\"$", (string?)body["jql"]);
    }

    [Fact]
    public async Task A_project_that_jira_does_not_know_is_no_reason_to_know_nothing()
    {
        await using var jira = await Simulator.RunningSimulator.Start();
        await using var provider = Provider(jira.Http.BaseAddress!.ToString());
        var found = await provider.GetRequiredService<IServiceAdapter>().Find("create_task", """{"project_id":"NOPE","title":"Title","type":"task"}""", Token, EffectSearches.UnclearFrom);
        found.Gives<EffectSearch.NotFound>();
    }

    [Theory]
    [InlineData("create_epic", """{"project_id":"MD","title":"Title"}"""), InlineData("create_subtask", """{"project_id":"MD","title":"Title","parent_id":"MD-1"}""")]
    public async Task Epics_and_subtasks_are_found_in_the_same_way(string operation, string payload)
    {
        Service.On("POST", Search, 200, Found(Issue("MD-7")));
        Assert.Equal("MD-7", (await Adapter.Find(operation, payload, Token, null)).IdOf());
    }

    [Fact]
    public async Task Nothing_found_is_nothing_found()
    {
        Service.On("POST", Search, 200, Found()).On("GET", "/rest/api/3/myself", 200, "{}");
        (await Create()).Gives<EffectSearch.NotFound>();
    }

    [Fact]
    public async Task Nothing_found_with_a_credential_that_has_expired_is_no_answer()
    {
        Service.On("POST", Search, 200, Found()).On("GET", "/rest/api/3/myself", 401);
        Assert.Equal(ErrorCodes.AuthFailed, (await Create()).Error!.Code);
    }

    [Fact]
    public async Task Of_an_issue_and_its_clone_the_one_with_the_property_is_the_effect()
    {
        Service.On("POST", Search, 200, Found(Issue("MD-9"), Issue("MD-8", "req_of_somebody_else"), Issue("MD-7", Token)));
        Assert.Equal("MD-7", (await Create()).IdOf());
    }

    [Fact]
    public async Task Several_that_can_t_be_told_apart_are_candidates()
    {
        Service.On("POST", Search, 200, Found(Issue("MD-9"), Issue("MD-7")));
        var candidates = (await Create()).Gives<EffectSearch.Ambiguous>().Candidates;
        Assert.Equal(["MD-9", "MD-7"], candidates.Select(c => c.Id));
        Assert.All(candidates, c => Assert.Equal(("Title", EffectSearches.UnclearFrom.AddSeconds(1)), (c.Title, c.CreatedAt)));
    }

    [Theory]
    [InlineData(503, ErrorCodes.ServiceUnavailable), InlineData(429, ErrorCodes.RateLimited), InlineData(401, ErrorCodes.AuthFailed)]
    public async Task A_search_that_fails_is_no_answer(int status, string code)
    {
        Service.On("POST", Search, status);
        Assert.Equal(code, (await Create()).Error!.Code);
    }

    static string Comment(string id, string? token, string created = "2026-03-01T12:00:01.000+0000", bool told = true) =>
        $$$"""{"id":"{{{id}}}","created":"{{{created}}}"{{{(told ? $$$""","properties":[{{{(token is null ? "" : $$$"""{"key":"riq.request","value":{"token":"{{{token}}}"}}""")}}}]""" : "")}}}}""";

    Task<AdapterResult<EffectSearch>> Commented() => Adapter.Find("add_comment", """{"task_id":"MD-1","comment":"Hi"}""", Token, EffectSearches.UnclearFrom);

    [Fact]
    public async Task A_comment_is_found_by_its_property_among_the_newest()
    {
        Service.On("GET", Comments, 200, $$"""{"comments":[{{Comment("5", null)}},{{Comment("4", "req_other")}},{{Comment("3", Token)}}]}""");
        var found = await Commented();
        Assert.Equal("3", found.IdOf());
        Assert.Equal("MD-1", found.Gives<EffectSearch.Found>().Result.GetProperty("task_id").GetString());
        Assert.Equal($"GET {Comments}?orderBy=-created&startAt=0&maxResults=100&expand=properties", Assert.Single(Service.Routes));
    }

    [Fact]
    public async Task Comments_from_before_the_attempt_end_the_search()
    {
        Service.On("GET", Comments, 200, $$"""{"comments":[{{string.Join(',', Enumerable.Repeat(Comment("5", null), 99))}},{{Comment("3", Token, "2026-03-01T11:00:00.000+0000")}}]}""");
        (await Commented()).Gives<EffectSearch.NotFound>();
        Assert.Single(Service.Calls);
    }

    [Fact]
    public async Task A_full_page_of_younger_comments_is_read_on()
    {
        Service.On("GET", Comments, 200, $$"""{"comments":[{{string.Join(',', Enumerable.Repeat(Comment("5", null), 100))}}]}""")
            .On("GET", Comments, 200, $$"""{"comments":[{{Comment("3", Token)}}]}""");
        Assert.Equal("3", (await Commented()).IdOf());
        Assert.Contains("startAt=100&", Service.Routes[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_list_has_no_properties_each_recent_comment_is_asked()
    {
        Service.On("GET", Comments, 200, $$"""{"comments":[{{Comment("5", null, told: false)}},{{Comment("3", null, told: false)}}]}""")
            .On("GET", "/rest/api/3/comment/5/properties/riq.request", 404)
            .On("GET", "/rest/api/3/comment/3/properties/riq.request", 200, $$$"""{"key":"riq.request","value":{"token":"{{{Token}}}"}}""");
        Assert.Equal("3", (await Commented()).IdOf());
    }

    [Fact]
    public async Task An_issue_that_is_gone_has_no_comment()
    {
        Service.On("GET", Comments, 404);
        (await Commented()).Gives<EffectSearch.NotFound>();
    }
}

public sealed class PageEffectSearchTests() : AdapterTest("confluence")
{
    const string New = """{"space_id":"9","title":"Plan","content":"Some *text*.","labels":["x"]}""";
    const string Pages = "/wiki/api/v2/pages";
    const string Property = "/wiki/api/v2/pages/77/properties";

    static string Page(string created = "2026-03-01T12:00:01.000Z", string author = "me", string body = "<p>Some <em>text</em>.</p>") => $$$"""
        {"results":[{"id":"77","title":"Plan","authorId":"{{{author}}}","createdAt":"{{{created}}}","version":{"number":1},"body":{"storage":{"value":"{{{body}}}"} } }]}
        """;

    void Answers(string pages, string properties = """{"results":[]}""") => Service
        .On("GET", Pages, 200, pages).On("GET", Property, 200, properties).On("POST", Property, 200, "{}")
        .On("GET", "/wiki/rest/api/user/current", 200, """{"accountId":"me"}""").On("POST", "/wiki/rest/api/content/77/label", 200, """{"results":[{"name":"x"}]}""");

    static string MadeBy(string token) => $$$"""{"results":[{"id":"1","key":"riq.request","value":{"token":"{{{token}}}"},"version":{"number":1}}]}""";

    Task<AdapterResult<EffectSearch>> Find(DateTimeOffset? unclearFrom = null) => Adapter.Find("create_page", New, Token, unclearFrom ?? EffectSearches.UnclearFrom);

    [Fact]
    public async Task A_page_of_ours_with_the_same_content_is_the_effect_and_gets_what_it_lacks()
    {
        Answers(Page());
        var found = await Find();
        Assert.Equal("77", found.IdOf());
        Assert.Equal("x", found.Gives<EffectSearch.Found>().Result.GetProperty("labels")[0].GetString());
        Assert.Contains("POST /wiki/rest/api/content/77/label", Service.Routes);
    }

    [Fact]
    public async Task A_page_with_the_request_s_marker_is_the_effect_whoever_changed_it_since()
    {
        Answers(Page(author: "you", body: "<p>other</p>", created: "2026-02-01T00:00:00.000Z"), MadeBy(Token));
        Assert.Equal("77", (await Find()).IdOf());
    }

    [Theory]
    [InlineData("2026-03-01T11:00:00.000Z", "me", "<p>Some <em>text</em>.</p>"), InlineData("2026-03-01T12:00:01.000Z", "you", "<p>Some <em>text</em>.</p>")]
    public async Task An_older_page_or_one_of_another_account_is_somebody_else_s(string created, string author, string body)
    {
        Answers(Page(created, author, body));
        (await Find()).Gives<EffectSearch.NotFound>();
    }

    [Fact]
    public async Task A_page_that_bears_another_request_s_marker_is_that_one_s()
    {
        Answers(Page(), MadeBy("req_other"));
        (await Find()).Gives<EffectSearch.NotFound>();
    }

    [Fact]
    public async Task A_page_of_ours_with_other_content_is_a_candidate()
    {
        Answers(Page(body: "<p>changed</p>"));
        var candidate = Assert.Single((await Find()).Gives<EffectSearch.Ambiguous>().Candidates);
        Assert.Equal(("77", "Plan"), (candidate.Id, candidate.Title));
    }

    [Fact]
    public async Task Of_two_requests_that_may_have_created_one_page_the_first_to_mark_it_gets_it()
    {
        Answers(Page());
        Assert.Equal("77", (await Find()).IdOf());
        Same($$$"""{"key":"riq.request","value":{"token":"{{{Token}}}"}}""", Service.Calls.Single(c => c.Method == "POST" && c.Path == Property).Json);
    }

    [Theory, InlineData("req_other", false), InlineData(Token, true)]
    public async Task A_page_that_was_marked_a_moment_before_belongs_to_who_marked_it(string maker, bool ours)
    {
        Service.On("GET", Pages, 200, Page()).On("GET", Property, 200, """{"results":[]}""").On("GET", Property, 200, MadeBy(maker)).On("POST", Property, 409)
            .On("GET", "/wiki/rest/api/user/current", 200, """{"accountId":"me"}""").On("POST", "/wiki/rest/api/content/77/label", 200, """{"results":[{"name":"x"}]}""");
        var found = await Find();
        if (ours) Assert.Equal("77", found.IdOf());
        else found.Gives<EffectSearch.NotFound>();
    }

    [Fact]
    public async Task No_page_of_the_title_is_no_effect()
    {
        Answers("""{"results":[]}""");
        (await Find()).Gives<EffectSearch.NotFound>();
    }

    [Fact]
    public async Task What_is_missing_and_can_t_be_added_now_is_no_answer_yet()
    {
        Service.On("GET", Pages, 200, Page()).On("GET", Property, 200, MadeBy(Token)).On("POST", "/wiki/rest/api/content/77/label", 503);
        Assert.Equal(ErrorCodes.ServiceUnavailable, (await Find()).Error!.Code);
    }

    [Fact]
    public async Task A_repetition_that_meets_the_page_of_the_lost_attempt_goes_on_with_it()
    {
        Answers(Page());
        Service.On("POST", Pages, 400, """{"errors":[{"status":400,"title":"A page already exists with the same TITLE in this space"}]}""");
        var operation = Adapter.Operations.Single(o => o.Name == "confluence.create_page");
        var call = new OperationCall(operation, JsonDocument.Parse(New).RootElement, Token);
        Assert.Equal(ErrorCodes.ValidationError, (await Adapter.Execute(call, CancellationToken.None)).Error!.Code);
        var result = await Adapter.Execute(call with { UnclearFrom = EffectSearches.UnclearFrom }, CancellationToken.None);
        Assert.Equal("77", result.Data.GetProperty("id").GetString());
    }
}
