using System.Text.Json;
using Xunit;

namespace Riq.IntegrationTests.Simulator;

public sealed class JiraSearchTests
{
    const string Search = "/rest/api/3/search/jql";

    static string[] Keys(Reply reply) => [.. reply.Json.GetProperty("issues").EnumerateArray().Select(i => i.GetProperty("key").GetString()!)];

    [Fact]
    public async Task Pages_follow_one_another_until_the_last()
    {
        await using var site = await RunningSimulator.Start();
        var seen = new List<string?>();
        string? nextPageToken = null;
        for (var page = 0; page < 10; page++)
        {
            var reply = await site.Post(Search, new { jql = "project = MD ORDER BY key", fields = new[] { "summary" }, maxResults = 7, nextPageToken });
            seen.AddRange(Keys(reply));
            if (reply.Json.GetProperty("isLast").GetBoolean()) break;
            nextPageToken = reply.Json.GetProperty("nextPageToken").GetString();
        }
        Assert.Equal(Enumerable.Range(1, 20).Select(n => $"MD-{n}"), seen);
    }

    [Fact]
    public async Task Without_fields_only_ids_come_back()
    {
        await using var site = await RunningSimulator.Start();
        var issue = (await site.Post(Search, new { jql = "key = MD-4" })).Json.GetProperty("issues")[0];
        Assert.Equal(["id"], issue.EnumerateObject().Select(m => m.Name));
    }

    [Fact]
    public async Task GET_searches_like_POST()
    {
        await using var site = await RunningSimulator.Start();
        Assert.Equal(["MD-5", "MD-6"], Keys(await site.Get(Search + "?jql=" + Uri.EscapeDataString("issuetype = Sub-task order by key") + "&fields=summary,status")));
    }

    [Theory]
    [InlineData("", "Unbounded JQL")]
    [InlineData("ORDER BY key", "Unbounded JQL")]
    [InlineData("project =", "Error in the JQL Query")]
    [InlineData("project = MD AND colour = red", "Field 'colour' does not exist")]
    [InlineData("project = NOPE", "does not exist for the field 'project'")]
    public async Task A_wrong_query_is_a_400_with_its_reason(string jql, string reason)
    {
        await using var site = await RunningSimulator.Start();
        var refused = await site.Post(Search, new { jql });
        Assert.Equal(400, refused.Status);
        Assert.Contains(reason, refused.Json.GetProperty("errorMessages")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_token_of_another_query_is_refused()
    {
        await using var site = await RunningSimulator.Start();
        var token = (await site.Post(Search, new { jql = "project = MD", maxResults = 2 })).Json.GetProperty("nextPageToken").GetString();
        Assert.Equal(400, (await site.Post(Search, new { jql = "project = MD and type = Bug", nextPageToken = token })).Status);
    }

    [Theory]
    [InlineData("/rest/api/3/search?jql=project%3DMD")]
    [InlineData("/rest/api/2/search?jql=project%3DMD")]
    public async Task The_old_search_is_gone(string path)
    {
        await using var site = await RunningSimulator.Start();
        Assert.Equal(410, (await site.Get(path)).Status);
    }

    [Fact]
    public async Task The_index_lags_and_reconcileIssues_does_not()
    {
        await using var site = await RunningSimulator.Start("--Simulator:IndexLagScale=1");
        var created = await site.Post("/rest/api/3/issue", RunningSimulator.Issue("Fresh", labels: ["fresh"]));
        var id = long.Parse(created.Json.GetProperty("id").GetString()!);
        object Query(params long[] reconcileIssues) => new { jql = "labels = fresh", fields = new[] { "summary" }, reconcileIssues };

        Assert.Empty(Keys(await site.Post(Search, Query())));
        Assert.Equal(["MD-21"], Keys(await site.Post(Search, Query(id))));
        Assert.Equal(200, (await site.Get("/rest/api/3/issue/MD-21")).Status);
        await site.Post("/__sim/clock/advance", new { seconds = 121 });
        Assert.Equal(["MD-21"], Keys(await site.Post(Search, Query())));
        Assert.Equal(400, (await site.Post(Search, Query([.. Enumerable.Range(1, 51).Select(n => (long)n)]))).Status);
    }

    [Fact]
    public async Task A_search_still_finds_what_the_index_says_of_a_changed_issue()
    {
        await using var site = await RunningSimulator.Start("--Simulator:IndexLagScale=1");
        Assert.Equal(204, (await site.Put("/rest/api/3/issue/MD-2", new { fields = new { labels = new[] { "moved" } } })).Status);
        Assert.Contains("MD-2", Keys(await site.Post(Search, new { jql = "labels = seeded", fields = new[] { "labels" } })));
        await site.Post("/__sim/clock/advance", new { seconds = 121 });
        Assert.DoesNotContain("MD-2", Keys(await site.Post(Search, new { jql = "labels = seeded", fields = new[] { "labels" } })));
        Assert.Equal(["MD-2"], Keys(await site.Post(Search, new { jql = "labels = moved", fields = new[] { "labels" } })));
    }

    [Fact]
    public async Task The_count_is_that_of_the_search()
    {
        await using var site = await RunningSimulator.Start();
        Assert.Equal(20, (await site.Post("/rest/api/3/search/approximate-count", new { jql = "project = MD" })).Json.GetProperty("count").GetInt32());
        Assert.Equal(JsonValueKind.Array, (await site.Get("/rest/api/3/issuetype")).Json.ValueKind);
    }
}
