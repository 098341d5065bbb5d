using System.Text.Json;
using Microsoft.Playwright;
using Riq.TestKit.Services;
using Riq.TestKit.Waiting;
using static Microsoft.Playwright.Assertions;

namespace Riq.EndToEndTests.Page;

/// <summary>Notes on groups, a bulk operation that is called off, and callbacks once more.</summary>
public sealed class DeadLetterTests(PageFixture riq) : PageTest(riq)
{
    readonly PageFixture _riq = riq;

    // As they are stored; made by hand, because hundreds of real ones take long.
    const string DeadSql = """
        insert into queue_requests(id, client_id, operation, service, payload, priority, status, payload_hash, created_at, updated_at, completed_at, retry_count, max_retries, attempt, fire_and_forget, ready,
          pending_dependencies, deferrals, crashes, next_step, version, error)
        select id, 'local', 'jira.get_task', 'jira', '{"task_id":"MD-1"}', 'normal', 'dead', '', now(), now(), now() - n % 20 * interval '1 hour', 0, 0, 1, false, true, 0, 0, 0, 'execute', 3,
          '{"code":"FORBIDDEN","message":"Not for you.","retries_exhausted":true}'
        from (select gen_random_uuid() as id, n from generate_series(1, $1) n) made
        """;

    async Task<JsonElement> Group(string code) => (await Get($"dead-letters/groups?code={code}")).GetProperty("items").EnumerateArray().Single();

    [Fact]
    public async Task A_group_has_notes_and_a_trend_and_its_purge_is_called_off_on_the_way()
    {
        await _riq.Database.Execute(DeadSql, 300);
        await using var tab = await _riq.Open("#/dead-letters?code=FORBIDDEN");
        var group = tab.Page.GetByRole(AriaRole.Region, new() { Name = "jira.get_task FORBIDDEN" });
        await Expect(group).ToContainTextAsync("Give RIQ's account at jira the permission");
        await Expect(group.GetByRole(AriaRole.Img)).ToHaveAttributeAsync("aria-label", "Died in each of the last 24 hours: at most 15, in 20 of the hours any.");
        await group.GetByText("Add a note").ClickAsync();
        await Expect(group.GetByRole(AriaRole.Button, new() { Name = "Note it" })).ToHaveAttributeAsync("title", "Nothing is written yet.");
        await group.GetByLabel("For the next one who looks").FillAsync("Asked the platform team, ticket 7.");
        await group.GetByRole(AriaRole.Button, new() { Name = "Note it" }).ClickAsync();
        await Expect(group.GetByText("Asked the platform team, ticket 7.")).ToBeVisibleAsync();
        Assert.Equal("Asked the platform team, ticket 7.", (await Group("FORBIDDEN")).GetProperty("notes").EnumerateArray().Single().GetProperty("text").GetString());
        await group.GetByRole(AriaRole.Button, new() { Name = "Remove" }).ClickAsync();
        await Eventually.True(async () => (await Group("FORBIDDEN")).GetProperty("notes").GetArrayLength() == 0);

        await tab.Button("Delete …").ClickAsync();
        var wizard = tab.Page.GetByRole(AriaRole.Region, new() { Name = "Delete many" });
        await wizard.GetByLabel("Per second").FillAsync("1");
        await tab.Button("Delete 300").ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("all that is known of them are gone");
        await tab.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete 300" }).ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Progressbar)).ToBeVisibleAsync();
        await tab.Button("Abort").ClickAsync();
        await Expect(tab.Page.Locator("h1 .aborted")).ToBeVisibleAsync();
        var newest = (await Get("bulk-operations?limit=1")).GetProperty("items")[0];
        Assert.Equal("aborted", newest.GetProperty("state").GetString());
        Assert.InRange((await Group("FORBIDDEN")).GetProperty("count").GetInt32(), 1, 300);
        Assert.Equal("It is aborted.", await tab.Button("Abort").GetAttributeAsync("title"));

        await tab.Go("#/audit");
        await Expect(tab.Page.GetByRole(AriaRole.Cell, new() { Name = "bulk aborted", Exact = true }).First).ToBeVisibleAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Cell, new() { Name = "note removed", Exact = true }).First).ToBeVisibleAsync();
        Assert.Empty(tab.Errors);
        await _riq.Database.Execute("delete from queue_requests where error->>'code' = 'FORBIDDEN' and status = 'dead'");
    }

    [Fact]
    public async Task A_callback_is_delivered_again_from_the_list_and_from_its_request()
    {
        await using var receiver = new CallbackReceiver();
        var token = await Client.Submit(new { operation = "jira.create_task", payload = new { project_id = "MD", type = "task", title = "Called back" }, callback_url = receiver.Url });
        await Eventually.True(() => Task.FromResult(receiver.Received.Count == 1));
        await using var tab = await _riq.Open("#/callbacks?status=delivered");
        await tab.Page.GetByRole(AriaRole.Row).Filter(new() { Has = tab.Page.Locator($"a[href='#/request/{token}']") }).GetByRole(AriaRole.Button, new() { Name = "Deliver again" }).First.ClickAsync();
        await Eventually.True(() => Task.FromResult(receiver.Received.Count == 2));
        await tab.Go($"#/request/{token}");
        await tab.Button("Deliver the callback again").ClickAsync();
        await Eventually.True(() => Task.FromResult(receiver.Received.Count == 3));
        await Eventually.True(async () => (await Get($"requests/{token}")).GetProperty("timeline").EnumerateArray().Count(t => t.GetProperty("event").GetString() == "callback_delivered") == 3);
        await Expect(tab.Page.GetByRole(AriaRole.Cell, new() { Name = "callback delivered" })).ToHaveCountAsync(3);
        Assert.Empty(tab.Errors);
    }

    [Fact]
    public async Task Of_an_unknown_outcome_another_effect_is_adopted_by_its_id_and_one_is_given_up()
    {
        var done = await NewTask("Found by hand");
        var (adopted, abandoned) = (await DeadLetter("MD-99600"), await DeadLetter("MD-99601"));
        await _riq.Database.Execute("""update queue_requests set error = error || '{"details":{"outcome":"unknown","candidates":[]}}' where token in ($1, $2)""", adopted, abandoned);
        await using var tab = await _riq.Open($"#/request/{adopted}");
        await Expect(tab.Button("Adopt this")).ToHaveAttributeAsync("title", "Type the id of what the request brought about.");
        await tab.Page.GetByLabel("Id of its effect").FillAsync(done);
        await tab.Confirm("Adopt this", "Adopt it");
        await Expect(tab.Page.Locator("h1 .completed")).ToBeVisibleAsync();
        Assert.Equal(done, (await Client.Result(adopted)).GetProperty("result").GetProperty("id").GetString());
        await tab.Go($"#/request/{abandoned}");
        await tab.Confirm("Give it up", "Give it up");
        await Expect(tab.Page.Locator("h1 .failed")).ToBeVisibleAsync();
        Assert.Equal("failed", await Status(abandoned));
        Assert.Empty(tab.Errors);
    }
}
