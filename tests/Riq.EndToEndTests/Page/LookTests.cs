using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Riq.EndToEndTests.Page;

/// <summary>Every view, in both themes and at phone width: nothing said to the console, nothing out of reach, nothing from elsewhere.</summary>
[Collection(PageCollection.Name)]
public sealed class LookTests(PageFixture riq)
{
    readonly Client _client = new(riq.Api.Http);

    [Theory]
    [InlineData(ColorScheme.Light, 1280), InlineData(ColorScheme.Dark, 1280), InlineData(ColorScheme.Light, 390)]
    public async Task Every_view_is_accessible_fits_its_screen_and_says_nothing_to_the_console(ColorScheme theme, int width)
    {
        var token = await _client.Submit(Client.CreateTask("To look at"));
        await _client.End(token);
        await using var tab = await riq.Open(theme: theme, width: width);
        foreach (var view in new[] { "#/", "#/requests", $"#/request/{token}", "#/dead-letters", "#/bulk", "#/services", "#/callbacks", "#/audit" })
        {
            await tab.Go(view);
            await Expect(tab.Text("Loading …")).ToHaveCountAsync(0);
            var found = await tab.Page.RunAxe();
            Assert.Empty(found.Violations.Select(v => $"{view} {v.Impact} {v.Id}: {v.Nodes[0].Html}"));
            Assert.Equal(0, await tab.Page.EvaluateAsync<int>("Math.max(0, document.documentElement.scrollWidth - innerWidth)"));
        }
        Assert.Empty(tab.Errors);
    }

    [Fact]
    public async Task Everything_comes_from_this_program_and_nothing_else_may()
    {
        await using var tab = await riq.Open();
        var script = tab.Page.WaitForResponseAsync(r => r.Url.EndsWith("/app.js", StringComparison.Ordinal));
        var answer = await tab.Page.GotoAsync("/");
        // The page is asked for anew, its files are kept: their addresses have the version in them.
        Assert.Equal("no-cache", answer!.Headers["cache-control"]);
        Assert.Contains("immutable", (await script).Headers["cache-control"], StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", answer!.Headers["content-security-policy"], StringComparison.Ordinal);
        var hosts = await tab.Page.EvaluateAsync<string[]>("performance.getEntriesByType('resource').map(r => new URL(r.name).origin)");
        Assert.NotEmpty(hosts);
        Assert.All(hosts, h => Assert.Equal(riq.Api.Address.GetLeftPart(UriPartial.Authority), h));
        // An inline script is refused.
        await tab.Page.EvaluateAsync("document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.intruded = 1' }))");
        Assert.Null(await tab.Page.EvaluateAsync<int?>("window.intruded ?? null"));
    }

    [Fact]
    public async Task Words_of_others_are_text_and_never_markup()
    {
        const string title = "<img src=x onerror=window.intruded=1>";
        var token = await _client.Submit(Client.CreateTask(title));
        await _client.End(token);
        await using var tab = await riq.Open($"#/request/{token}");
        await Expect(tab.Text(title).First).ToBeVisibleAsync();
        Assert.Null(await tab.Page.EvaluateAsync<int?>("window.intruded ?? null"));
    }

    [Fact]
    public async Task The_overview_shows_what_flows()
    {
        await using var tab = await riq.Open();
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Depth" })).ToBeVisibleAsync();
        await Expect(tab.Page.Locator("canvas")).ToHaveCountAsync(4);
        await Expect(tab.Page.GetByRole(AriaRole.Cell, new() { Name = "jira", Exact = true })).ToBeVisibleAsync();
        await tab.Button("24 h").ClickAsync();
        await Expect(tab.Button("24 h")).ToHaveAttributeAsync("aria-pressed", "true");
    }
}
