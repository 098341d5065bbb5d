using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Riq.EndToEndTests.Page;

/// <summary>Every view, in both themes and at phone width: nothing said to the console, nothing out of reach, nothing from elsewhere.</summary>
public sealed class LookTests(PageFixture riq) : PageTest(riq)
{
    readonly PageFixture _riq = riq;

    [Theory]
    [InlineData(ColorScheme.Light, 1280), InlineData(ColorScheme.Dark, 1280), InlineData(ColorScheme.Light, 390)]
    public async Task Every_view_is_accessible_fits_its_screen_and_says_nothing_to_the_console(ColorScheme theme, int width)
    {
        var token = await Client.Submit(Client.CreateTask("To look at"));
        await Client.End(token);
        var dead = await DeadLetter("MD-99700");
        var group = (await Get("dead-letters/groups")).GetProperty("items")[0].GetProperty("fingerprint").GetString();
        await Send("POST", $"dead-letters/groups/{group}/notes", new { text = "Looked at." });
        await using var tab = await _riq.Open(theme: theme, width: width);
        foreach (var view in new[] { "#/", "#/requests", $"#/request/{token}", $"#/request/{dead}", "#/dead-letters", "#/bulk", "#/services", "#/callbacks", "#/audit" })
        {
            await tab.Go(view);
            await Expect(tab.Text("Loading …")).ToHaveCountAsync(0);
            if (view == "#/requests") await tab.Page.GetByLabel($"Select {dead}").CheckAsync();
            if (view == "#/dead-letters") await tab.Button("Retry …").First.ClickAsync();
            var found = await tab.Page.RunAxe();
            Assert.Empty(found.Violations.Select(v => $"{view} {v.Impact} {v.Id}: {v.Nodes[0].Html}"));
            Assert.Equal(0, await tab.Page.EvaluateAsync<int>("Math.max(0, document.documentElement.scrollWidth - innerWidth)"));
        }
        Assert.Empty(tab.Errors);
        await Send("DELETE", $"dead-letters/{dead}");
    }

    [Fact]
    public async Task Everything_comes_from_this_program_and_nothing_else_may()
    {
        await using var tab = await _riq.Open();
        var script = tab.Page.WaitForResponseAsync(r => r.Url.EndsWith("/app.js", StringComparison.Ordinal));
        var answer = await tab.Page.GotoAsync("/");
        // The page is asked for anew, its files are kept: their addresses have the version in them.
        Assert.Equal("no-cache", answer!.Headers["cache-control"]);
        Assert.Contains("immutable", (await script).Headers["cache-control"], StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", answer!.Headers["content-security-policy"], StringComparison.Ordinal);
        var hosts = await tab.Page.EvaluateAsync<string[]>("performance.getEntriesByType('resource').map(r => new URL(r.name).origin)");
        Assert.NotEmpty(hosts);
        Assert.All(hosts, h => Assert.Equal(_riq.Api.Address.GetLeftPart(UriPartial.Authority), h));
        // An inline script is refused.
        await tab.Page.EvaluateAsync("document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.intruded = 1' }))");
        Assert.Null(await tab.Page.EvaluateAsync<int?>("window.intruded ?? null"));
    }

    [Fact]
    public async Task Words_of_others_are_text_and_never_markup()
    {
        const string title = "<img src=x onerror=window.intruded=1>";
        var token = await Client.Submit(Client.CreateTask(title));
        await Client.End(token);
        await using var tab = await _riq.Open($"#/request/{token}");
        await Expect(tab.Text(title).First).ToBeVisibleAsync();
        Assert.Null(await tab.Page.EvaluateAsync<int?>("window.intruded ?? null"));
    }

    [Fact]
    public async Task The_overview_shows_what_flows()
    {
        await using var tab = await _riq.Open();
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Depth" })).ToBeVisibleAsync();
        await Expect(tab.Page.Locator("canvas")).ToHaveCountAsync(4);
        await Expect(tab.Page.GetByRole(AriaRole.Cell, new() { Name = "jira", Exact = true })).ToBeVisibleAsync();
        await tab.Button("24 h").ClickAsync();
        await Expect(tab.Button("24 h")).ToHaveAttributeAsync("aria-pressed", "true");
        await tab.Page.ReloadAsync();   // the address says it
        await Expect(tab.Button("24 h")).ToHaveAttributeAsync("aria-pressed", "true");
    }
}
