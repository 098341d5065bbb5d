using System.Diagnostics;
using System.Text.Json;
using Microsoft.Playwright;
using Riq.TestKit.Waiting;
using static Microsoft.Playwright.Assertions;

namespace Riq.EndToEndTests.Page;

/// <summary>What an operator does on the page has the effect that the REST interface shows.</summary>
public sealed class ActionTests(PageFixture riq) : PageTest(riq)
{
    readonly PageFixture _riq = riq;

    // What was copied is what a shell runs.
    static async Task<string> Shell(string command)
    {
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", $"{command} -sS"]) { RedirectStandardOutput = true })!;
        return await shell.StandardOutput.ReadToEndAsync();
    }

    [Fact]
    public async Task A_service_is_paused_and_resumed_and_a_waiting_request_cancelled()
    {
        await using var tab = await _riq.Open("#/services");
        var card = tab.Page.GetByRole(AriaRole.Region, new() { Name = "confluence" });
        await card.GetByLabel("Pause").SelectOptionAsync("15 min");
        await card.GetByLabel("because of").FillAsync("Upgrade of the site");
        await card.GetByRole(AriaRole.Button, new() { Name = "Pause", Exact = true }).ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("for 15 min");
        await Stop("confluence", () => tab.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Pause it" }).ClickAsync());
        await Expect(card.GetByText("Paused by local")).ToContainTextAsync("Upgrade of the site");
        var pause = (await Service("confluence")).GetProperty("pause");
        Assert.Equal("Upgrade of the site", pause.GetProperty("reason").GetString());
        Assert.Equal(TimeSpan.FromMinutes(15), pause.GetProperty("until").GetDateTimeOffset() - pause.GetProperty("since").GetDateTimeOffset());

        var token = await Client.Submit(new { operation = "confluence.get_page", payload = new { page_id = "1" } });
        await tab.Go("#/requests");
        await tab.Page.GetByRole(AriaRole.Searchbox).FillAsync("service:confluence status:queued");
        await tab.Button("Search").ClickAsync();
        await tab.Page.GetByTitle(token).ClickAsync();
        await Expect(tab.Text("paused").First).ToBeVisibleAsync();
        await tab.Confirm("Cancel", "Cancel it");
        await Expect(tab.Page.Locator("h1 .failed")).ToBeVisibleAsync();
        Assert.Equal("CANCELLED", (await Client.Result(token)).GetProperty("error").GetProperty("code").GetString());
        await Expect(tab.Button("Cancel")).ToHaveAttributeAsync("title", "Only a queued request can be cancelled; this one is failed.");

        await tab.Go("#/services");
        await card.GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();
        await Expect(card.GetByText("Paused by local")).ToHaveCountAsync(0);
        Assert.False((await Service("confluence")).GetProperty("paused").GetBoolean());
        Assert.Empty(tab.Errors);
    }

    [Fact]
    public async Task A_circuit_is_forced_and_left_to_itself_and_limits_are_set()
    {
        await using var tab = await _riq.Open("#/services");
        var card = tab.Page.GetByRole(AriaRole.Region, new() { Name = "confluence" });
        await card.GetByRole(AriaRole.Button, new() { Name = "Force open" }).ClickAsync();
        await tab.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Keep it open" }).ClickAsync();
        await Expect(card.GetByText("circuit open")).ToBeVisibleAsync();
        Assert.Equal("open", (await Service("confluence")).GetProperty("circuit").GetProperty("state").GetString());
        await card.GetByRole(AriaRole.Button, new() { Name = "Let failures decide" }).ClickAsync();
        await Eventually.True(async () => !(await Service("confluence")).GetProperty("circuit").GetProperty("forced").GetBoolean());

        await card.GetByText("Set limits").ClickAsync();
        await card.GetByLabel("At a time").FillAsync("2");
        await card.GetByRole(AriaRole.Button, new() { Name = "Set", Exact = true }).ClickAsync();
        await Eventually.True(async () => (await Service("confluence")).GetProperty("limits").GetProperty("concurrency").GetInt32() == 2);
        // Empty fields: the settings again.
        await card.GetByLabel("At a time").FillAsync("");
        await card.GetByRole(AriaRole.Button, new() { Name = "Set", Exact = true }).ClickAsync();
        await Eventually.True(async () => !(await Service("confluence")).GetProperty("limits").GetProperty("overridden").GetBoolean());
        await tab.Go("#/audit?target=confluence");
        foreach (var action in new[] { "circuit forced", "limits changed" }) await Expect(tab.Page.GetByRole(AriaRole.Cell, new() { Name = action, Exact = true }).First).ToBeVisibleAsync();
        Assert.Empty(tab.Errors);
    }

    [Fact]
    public async Task What_a_service_has_asked_for_is_shown_and_forgotten_when_an_operator_says_so()
    {
        var task = await NewTask("Refused for long");
        await Simulator.AddFault(new { route = $"/rest/api/3/issue/{task}", method = "GET", action = "429", retryAfter = 3_000 });
        var token = await Client.Submit(new { operation = "jira.get_task", payload = new { task_id = task }, fresh = true });
        await Eventually.True(async () => (await Service("jira")).GetProperty("holds").GetArrayLength() > 0);
        await Simulator.RemoveFaults();
        await using var tab = await _riq.Open("#/services?service=jira");
        await Expect(tab.Text("No call of")).ToBeVisibleAsync();
        await tab.Confirm("Forget what it asked for", "Forget it");
        await Expect(tab.Text("No call of")).ToHaveCountAsync(0);
        Assert.Equal(0, (await Service("jira")).GetProperty("holds").GetArrayLength());
        await Send("POST", $"requests/{token}/cancel");   // it keeps the time that it was given
        Assert.Empty(tab.Errors);
    }

    [Fact]
    public async Task A_dead_letter_is_mended_after_its_difference_was_seen()
    {
        var right = await NewTask("The right one");
        var token = await DeadLetter("MD-99001");
        await using var tab = await _riq.Open($"#/request/{token}");
        await tab.Text("Mend the payload and retry").ClickAsync();
        await Expect(tab.Button("Retry with this payload")).ToHaveAttributeAsync("title", "Nothing is changed yet.");
        await tab.Page.GetByLabel("Payload").FillAsync("{ not json");
        await Expect(tab.Button("Retry with this payload")).ToHaveAttributeAsync("title", "This is not JSON yet.");
        await tab.Page.GetByLabel("Payload").FillAsync($$"""{ "task_id": "{{right}}" }""");
        await Expect(tab.Page.Locator(".diff .removed")).ToContainTextAsync("MD-99001");
        await Expect(tab.Page.Locator(".diff .added")).ToContainTextAsync(right);
        await tab.Button("Retry with this payload").ClickAsync();
        await Expect(tab.Page.Locator("h1 .completed")).ToBeVisibleAsync();
        Assert.Equal(right, (await Client.End(token)).GetProperty("result").GetProperty("id").GetString());
        Assert.Empty(tab.Errors);
    }

    [Fact]
    public async Task A_group_of_dead_letters_is_retried_by_the_wizard_and_one_is_deleted()
    {
        var tasks = new[] { await NewTask("One"), await NewTask("Two"), await NewTask("Three") };
        var tokens = new List<string>();
        foreach (var task in tasks) tokens.Add(await DeadLetter(task));
        var deleted = await DeadLetter("MD-99002");
        await using var tab = await _riq.Open($"#/request/{deleted}");
        await tab.Confirm("Delete", "Delete it");
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Dead letters" })).ToBeVisibleAsync();
        Assert.Equal(404, (int)(await _riq.Api.Http.GetAsync(new Uri($"/api/queue/result/{deleted}", UriKind.Relative))).StatusCode);

        await tab.Button("Retry …").First.ClickAsync();
        await Expect(tab.Text("dead letters are meant")).ToContainTextAsync("3");
        await tab.Confirm("Retry 3", "Retry 3");
        await Expect(tab.Page.Locator("h1 .completed")).ToBeVisibleAsync();
        foreach (var token in tokens) Assert.Equal("completed", (await Client.End(token)).GetProperty("status").GetString());
        Assert.Empty(tab.Errors);
    }

    [Fact]
    public async Task An_unknown_outcome_is_adopted_or_sent_again_after_its_candidates_were_seen()
    {
        var done = await NewTask("Probably its effect");
        var (adopted, repeated) = (await DeadLetter("MD-99003"), await DeadLetter(done));
        await _riq.Database.Execute($$$"""
            update queue_requests set error = error || '{"details":{"outcome":"unknown","candidates":[{"id":"{{{done}}}","title":"Probably its effect"}]}}' where token in ($1, $2)
            """, adopted, repeated);
        await using var tab = await _riq.Open($"#/request/{adopted}");
        await Expect(tab.Text("1 found that may be its effect")).ToBeVisibleAsync();
        await tab.Confirm("Adopt", "Adopt it");
        await Expect(tab.Page.Locator("h1 .completed")).ToBeVisibleAsync();
        Assert.Equal(done, (await Client.Result(adopted)).GetProperty("result").GetProperty("id").GetString());

        await tab.Go($"#/request/{repeated}");
        await Expect(tab.Button("Retry with this payload")).ToHaveCountAsync(0);   // behind a closed summary
        await tab.Confirm("Send again", "Send it again");
        await Expect(tab.Page.Locator("h1 .completed")).ToBeVisibleAsync();
        Assert.Equal("completed", (await Client.Result(repeated)).GetProperty("status").GetString());
        Assert.Empty(tab.Errors);
    }

    [Fact]
    public async Task Who_types_what_is_no_qualifier_is_told_so_and_a_token_leads_to_its_request()
    {
        var token = await Client.Submit(Client.CreateTask("It's found by its token"));
        await using var tab = await _riq.Open("#/services");
        await tab.Page.Keyboard.PressAsync("/");
        await Expect(tab.Page.GetByRole(AriaRole.Searchbox)).ToBeFocusedAsync();
        await tab.Page.GetByRole(AriaRole.Searchbox).FillAsync("colour:red");
        await tab.Button("Search").ClickAsync();
        await Expect(tab.Text("“colour:red” is not understood")).ToBeVisibleAsync();
        await tab.Page.GetByRole(AriaRole.Searchbox).FillAsync(token);
        await tab.Page.Keyboard.PressAsync("Enter");
        await Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "jira.create_task" })).ToBeVisibleAsync();
        await _riq.Database.Execute("update queue_requests set traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' where token = $1", token);
        await Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "0af7651916cd43dd8448eb211c80319c" })).ToHaveAttributeAsync("href", "https://traces.example/t/0af7651916cd43dd8448eb211c80319c");
        await tab.Button("Copy as curl").ClickAsync();
        Assert.Contains(token, await Shell(await tab.Page.EvaluateAsync<string>("navigator.clipboard.readText()")), StringComparison.Ordinal);
        await tab.Button("Copy its submission as curl").ClickAsync();
        var again = JsonDocument.Parse(await Shell(await tab.Page.EvaluateAsync<string>("navigator.clipboard.readText()"))).RootElement.GetProperty("token").GetString()!;
        Assert.Equal("It's found by its token", (await Get($"requests/{again}")).GetProperty("payload").GetProperty("title").GetString());
    }
}
