using System.Text.Json;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Riq.EndToEndTests.Page;

/// <summary>Rows of the search that are chosen, and what is done to all of them.</summary>
public sealed class SelectionTests(PageFixture riq) : PageTest(riq)
{
    readonly PageFixture _riq = riq;

    static Task Choose(PageTab tab, string token) => tab.Page.GetByLabel($"Select {token}").CheckAsync();

    static ILocator Bar(PageTab tab) => tab.Page.GetByRole(AriaRole.Region, new() { Name = "Selected requests" });

    [Fact]
    public async Task Chosen_requests_are_cancelled_and_retried_after_count_and_cost_were_seen_and_the_list_stands_still_meanwhile()
    {
        await Stop("confluence", () => Send("POST", "services/confluence/pause"));
        Task<string> Submit(string id) => Client.Submit(new { operation = "confluence.get_page", payload = new { page_id = id }, fresh = true });
        string[] tokens = [await Submit("1"), await Submit("2"), await Submit("3")];
        await using var tab = await _riq.Open();
        await tab.Page.Clock.InstallAsync();
        await tab.Go("#/requests?q=service%3Aconfluence+status%3Aqueued");
        await Choose(tab, tokens[0]);
        await Choose(tab, tokens[1]);
        await Expect(Bar(tab)).ToContainTextAsync("2 selected");
        await Expect(tab.Button("Retry 0")).ToHaveAttributeAsync("title", "None of them is failed or dead with a known outcome.");

        // A minute later the list is as it was; without a selection it shows what has come since.
        var later = await Submit("4");
        await tab.Page.Clock.FastForwardAsync(60_000);
        await tab.Page.EvaluateAsync("fetch('/api/queue/me')");
        await Expect(tab.Page.GetByTitle(later)).ToHaveCountAsync(0);
        await tab.Button("Select none").ClickAsync();
        await tab.Page.Clock.FastForwardAsync(60_000);
        await Expect(tab.Page.GetByTitle(later)).ToBeVisibleAsync();

        await tab.Page.GetByLabel("Select all on this page").CheckAsync();
        await Expect(Bar(tab)).ToContainTextAsync("4 selected");
        await tab.Page.GetByLabel($"Select {later}").UncheckAsync();
        await tab.Button("Cancel 3").ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("3 of confluence");
        await tab.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Cancel 3" }).ClickAsync();
        await Expect(tab.Text("3 cancelled.")).ToBeVisibleAsync();
        foreach (var token in tokens) Assert.Equal("CANCELLED", (await Client.Result(token)).GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("queued", await Status(later));

        await Send("POST", "services/confluence/resume");
        await tab.Go("#/requests?q=service%3Aconfluence+status%3Afailed");
        foreach (var token in tokens) await Choose(tab, token);
        await tab.Button("Retry 3").ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("at least 3 calls: 3 of confluence");
        await tab.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Retry 3" }).ClickAsync();
        await Expect(tab.Text("3 put back into the queue.")).ToBeVisibleAsync();
        foreach (var token in tokens) Assert.NotEqual("CANCELLED", (await Client.End(token)).TryGetProperty("error", out var error) ? error.GetProperty("code").GetString() : null);
        Assert.Empty(tab.Errors);
    }

    [Theory]
    [InlineData("status:failed", "status", "failed"), InlineData("service:jira operation:jira.create_task", "operation", "jira.create_task"), InlineData("priority:high", "priority", "high"), InlineData("client:local created>2020-01-01", "client", "local")]
    public async Task What_is_searched_is_in_the_address_and_the_server_does_the_search(string text, string field, string value)
    {
        await Client.End(await Client.Submit(new { operation = "jira.create_task", payload = new { project_id = "MD", type = "task", title = "Searched" }, priority = "high" }));
        var failed = await Client.Submit(new { operation = "jira.get_task", payload = new { task_id = "MD-777777" }, fresh = true });
        await Client.End(failed);
        await using var tab = await _riq.Open("#/requests");
        await tab.Page.GetByRole(AriaRole.Searchbox).FillAsync(text);
        var answer = await tab.Page.RunAndWaitForResponseAsync(() => tab.Page.Keyboard.PressAsync("Enter"), r => r.Url.Contains($"{field}=", StringComparison.Ordinal));
        var items = (await answer.JsonAsync())!.Value.GetProperty("items").EnumerateArray().ToArray();
        Assert.NotEmpty(items);
        Assert.All(items, i => Assert.Equal(value, i.GetProperty(field).GetString()));
        await tab.Page.ReloadAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Searchbox)).ToHaveValueAsync(text);
        await Expect(tab.Page.GetByTitle(items[0].GetProperty("token").GetString()!)).ToBeVisibleAsync();
    }
}
