using Microsoft.Playwright;
using Riq.TestKit.Waiting;
using static Microsoft.Playwright.Assertions;

namespace Riq.EndToEndTests.Page;

/// <summary>Who has nothing but the page finds out why a request is not done, and what to do about it.</summary>
public sealed class WhyTests(PageFixture riq) : PageTest(riq)
{
    readonly PageFixture _riq = riq;

    static ILocator Why(PageTab tab) => tab.Page.GetByRole(AriaRole.Region, new() { Name = "Why it is not done" });

    static async Task Says(PageTab tab, string token, string why, string whatToDo)
    {
        await tab.Go($"#/request/{token}");
        await Expect(Why(tab)).ToContainTextAsync(why);
        await Expect(Why(tab)).ToContainTextAsync(whatToDo);
    }

    [Fact]
    public async Task Of_seven_causes_each_is_told_with_what_to_do_and_doing_it_ends_the_wait()
    {
        await using var tab = await _riq.Open();
        try
        {
            await ServicePaused(tab);
            await CircuitDependencyAndLane(tab);
            await LaneBehindADeadLetter(tab);
            await RateLimited(tab);
            await RetryDue(tab);
            await ADeadLetter(tab);
            Assert.Empty(tab.Errors);
        }
        finally { await AsItWas(); }
    }

    // Where it failed, the tests behind it must not find a service that is held.
    async Task AsItWas()
    {
        await Simulator.RemoveFaults();
        await Send("POST", "services/confluence/resume");
        await Send("POST", "services/jira/circuit", new { state = "auto" });
        await Send("PATCH", "services/jira/limits", new { rate = (int?)null, burst = (int?)null });
    }

    async Task ServicePaused(PageTab tab)
    {
        await Stop("confluence", () => Send("POST", "services/confluence/pause", new { reason = "Upgrade of the site" }));
        var token = await Client.Submit(new { operation = "confluence.search_pages", payload = new { query = "anything" }, fresh = true });
        await Says(tab, token, "local has paused confluence (Upgrade of the site)", "Resume it when the reason has passed");
        await Why(tab).GetByRole(AriaRole.Link).ClickAsync();
        await tab.Button("Resume").ClickAsync();
        Assert.Equal("completed", (await Client.End(token)).GetProperty("status").GetString());
    }

    async Task CircuitDependencyAndLane(PageTab tab)
    {
        var task = await NewTask("Written to by two");
        await Stop("jira", () => Send("POST", "services/jira/circuit", new { state = "open" }));
        var first = await Client.Submit(new { operation = "jira.update_task", payload = new { task_id = task, title = "First" } });
        var second = await Client.Submit(new { operation = "jira.update_task", payload = new { task_id = task, title = "Second" } });
        var created = await Client.Submit(Client.CreateTask("Made first"));
        var dependent = await Client.Submit(new { operation = "jira.add_comment", payload = new { task_id = "$result.id", comment = "Then this" }, depends_on = new[] { created } });

        await Says(tab, second, "writes to the same entity run one at a time", "Look at the first of those ahead");
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = $"Lane jira:{task}" })).ToBeVisibleAsync();
        await tab.Page.GetByTitle(first).ClickAsync();
        await Expect(Why(tab)).ToContainTextAsync("local keeps the circuit of jira open");

        await Says(tab, dependent, "A request that it depends on has not ended", "Look at those below that have not ended");
        await tab.Page.GetByTitle(created).ClickAsync();
        await Expect(Why(tab)).ToContainTextAsync("goes on when somebody closes the circuit or lets failures decide");
        await Expect(tab.Page.GetByRole(AriaRole.Region, new() { Name = "Requests that depend on it" }).GetByTitle(dependent)).ToBeVisibleAsync();
        await Why(tab).GetByRole(AriaRole.Link).ClickAsync();
        await tab.Button("Let failures decide").ClickAsync();
        foreach (var token in new[] { first, second, created, dependent }) Assert.Equal("completed", (await Client.End(token)).GetProperty("status").GetString());
        await tab.Go($"#/request/{created}");
        await Expect(tab.Page.GetByRole(AriaRole.Definition).GetByRole(AriaRole.Link)).ToHaveAttributeAsync("href", new System.Text.RegularExpressions.Regex("/browse/MD-"));
    }

    // Confluence's writes are set to hold their lane when they die.
    async Task LaneBehindADeadLetter(PageTab tab)
    {
        var page = (await Client.End(await Client.Submit(new { operation = "confluence.create_page", payload = new { space_id = "MD", title = $"Held {Guid.NewGuid():N}", content = "x" } }))).GetProperty("result").GetProperty("id").GetString()!;
        await Simulator.AddFault(new { route = $"/wiki/api/v2/pages/{page}", method = "GET", action = "503" });
        var dead = await Client.Submit(new { operation = "confluence.update_page", payload = new { page_id = page, title = $"Dead {Guid.NewGuid():N}" }, max_retries = 0 });
        Assert.Equal("dead", (await Client.End(dead)).GetProperty("status").GetString());
        await Simulator.RemoveFaults();
        var behind = await Client.Submit(new { operation = "confluence.update_page", payload = new { page_id = page, content = "y" } });
        await Says(tab, behind, "writes to the same entity run one at a time", "The first of those ahead is a dead letter");
        await Why(tab).GetByRole(AriaRole.Link, new() { Name = "it", Exact = true }).ClickAsync();
        await tab.Confirm("Give it up", "Give it up");
        Assert.Equal("completed", (await Client.End(behind)).GetProperty("status").GetString());
        Assert.Equal("failed", await Status(dead));
    }

    async Task RateLimited(PageTab tab)
    {
        await Send("PATCH", "services/jira/limits", new { rate = 1, burst = 1 });
        var tokens = new List<string>();
        // As many as it takes until the worker has heard of the limit, and one waits for it.
        await Eventually.True(async () =>
        {
            tokens.Add(await Client.Submit(new { operation = "jira.search_tasks", payload = new { project_id = "MD", text = $"limited {tokens.Count}" }, fresh = true }));
            return (await Client.Result(tokens[^1], wait: 1)).TryGetProperty("waiting_for", out var reason) && reason.GetString() == "rate_limit";
        });
        await Says(tab, tokens[^1], "jira may be called 1 times a minute", "a higher limit if the service permits one");
        await Why(tab).GetByRole(AriaRole.Link).ClickAsync();
        await tab.Text("Set limits").ClickAsync();
        await tab.Button("Set").ClickAsync();   // empty fields: the settings again
        foreach (var token in tokens) Assert.Equal("completed", (await Client.End(token)).GetProperty("status").GetString());
    }

    async Task RetryDue(PageTab tab)
    {
        var task = await NewTask("Fails at first");
        await Simulator.AddFault(new { route = $"/rest/api/3/issue/{task}", method = "GET", action = "503", retryAfter = 3_000 });
        var token = await Client.Submit(new { operation = "jira.get_task", payload = new { task_id = task }, fresh = true });
        await Says(tab, token, "The last attempt failed", "SERVICE_UNAVAILABLE");
        await Simulator.RemoveFaults();
        await tab.Confirm("Cancel", "Cancel it");
        Assert.Equal("CANCELLED", (await Client.End(token)).GetProperty("error").GetProperty("code").GetString());
    }

    async Task ADeadLetter(PageTab tab)
    {
        var token = await DeadLetter("MD-99500");
        await Says(tab, token, "SERVICE_UNAVAILABLE", "Retry them all once jira answers again");
        await tab.Confirm("Delete", "Delete it");
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Dead letters" })).ToBeVisibleAsync();
    }
}
