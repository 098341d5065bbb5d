using Microsoft.Playwright;
using Riq.TestKit.Processes;
using Riq.TestKit.Servers;

namespace Riq.EndToEndTests.Page;

/// <summary>The product with a browser before it, for all tests of the page.</summary>
public class PageFixture : IAsyncLifetime
{
    static readonly string Chromium = new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.First(File.Exists);

    /// <summary>Milliseconds: a busy machine is no fault of the page.</summary>
    const float Patience = 60_000;

    RiqInstallation _riq = null!;
    IPlaywright _playwright = null!;
    IBrowser _browser = null!;

    public RiqProcess Api { get; private set; } = null!;
    public RiqProcess Simulator => _riq.Simulator;
    public TestDatabase Database => _riq.Database;
    public TestBroker Broker => _riq.Broker;

    public async Task InitializeAsync()
    {
        _riq = await RiqInstallation.Create();
        _riq.With("Riq__SweepInterval", "00:00:00.500").With("Riq__Services__jira__QuietPeriod", "00:00:01").With("Riq__Services__jira__Timeout", "00:00:02")
            .With("Riq__Services__confluence__DeadHoldsLane", "true").With("Riq__Callbacks__Secret", "whsec_" + Convert.ToBase64String(new byte[32])).With("Riq__Callbacks__Allow", "127.0.0.1")
            .With("Riq__Operators__TraceUrl", "https://traces.example/t/{trace_id}");
        Prepare(_riq);
        await Fill(_riq);
        await _riq.StartSimulator();
        Api = await _riq.StartApi();
        await _riq.StartWorker();
        _playwright = await Playwright.CreateAsync();
        Assertions.SetDefaultExpectTimeout(Patience);
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
    }

    /// <summary>Settings beside the usual ones.</summary>
    protected virtual void Prepare(RiqInstallation riq) { }

    /// <summary>What is stored before the first process starts.</summary>
    protected virtual Task Fill(RiqInstallation riq) => Task.CompletedTask;

    /// <summary>A tab of its own, with nothing stored and nothing said to the console yet.</summary>
    public async Task<PageTab> Open(string view = "#/", ColorScheme theme = ColorScheme.Light, int width = 1280)
    {
        var context = await _browser.NewContextAsync(new() { BaseURL = Api.Address.ToString(), ColorScheme = theme, ViewportSize = new() { Width = width, Height = 900 }, BypassCSP = false });
        context.SetDefaultTimeout(Patience);
        await context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        return await PageTab.Open(context, view);
    }

    public async Task DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        await _riq.DisposeAsync();
    }
}
