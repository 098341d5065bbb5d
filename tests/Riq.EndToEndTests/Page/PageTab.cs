using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Riq.EndToEndTests.Page;

/// <summary>One tab. Whatever the page says to the console as an error is a fault of the page.</summary>
public sealed class PageTab : IAsyncDisposable
{
    readonly ConcurrentQueue<string> _errors = new();
    readonly IBrowserContext _context;

    PageTab(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.Console += (_, message) => { if (message.Type == "error") _errors.Enqueue(message.Text); };
        page.PageError += (_, error) => _errors.Enqueue(error);
    }

    public IPage Page { get; }

    /// <summary>Errors so far.</summary>
    public IEnumerable<string> Errors => _errors;

    public static async Task<PageTab> Open(IBrowserContext context, string view)
    {
        var tab = new PageTab(context, await context.NewPageAsync());
        await tab.Go(view);
        return tab;
    }

    public async Task Go(string view)
    {
        await Page.GotoAsync($"/{view}");
        await Page.Locator("h1").First.WaitForAsync();
    }

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public ILocator Text(string text) => Page.GetByText(text);

    /// <summary>Presses a button and says yes to what the page then asks.</summary>
    public async Task Confirm(string button, string yes)
    {
        await Button(button).ClickAsync();
        await Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = yes }).ClickAsync();
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();
}
