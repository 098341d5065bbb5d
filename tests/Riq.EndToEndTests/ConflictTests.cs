using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Riq.TestKit.Processes;

namespace Riq.EndToEndTests;

/// <summary>Many want to change one page at the same time, and people edit it too.</summary>
public sealed class ConflictTests
{
    const int Updates = 100;
    const int Edits = 10;

    [Fact]
    public async Task A_hundred_updates_of_one_page_by_eight_workers_all_complete_and_none_is_lost()
    {
        await using var riq = await RiqInstallation.Create();
        riq.With("Simulator__LatencyScale", "0.02").With("Riq__Services__confluence__RetryBaseDelay", "00:00:00.200").With("Riq__Services__confluence__Concurrency", "8");
        await riq.StartSimulator();
        var api = await riq.StartApi();
        await riq.StartWorkers(8);
        var (client, site) = (new Client(api.Http), new Simulator(riq.Simulator.Http));
        var created = await client.End(await client.Submit(new { operation = "confluence.create_page", payload = new { space_id = "MD", title = "Wanted by all", content = "First." } }));
        var page = created.GetProperty("result").GetProperty("id").GetString()!;
        await site.AddFault(new { route = "/wiki/api/v2/pages", method = "PUT", action = "conflict-once" });

        var updates = Task.WhenAll(Enumerable.Range(0, Updates).Select(n => client.Submit(new { operation = "confluence.update_page", payload = new { page_id = page, content = $"Update {n}." } })));
        var edits = await EditByHand(riq.Simulator.Http, page);
        var tokens = await updates;

        foreach (var end in await Task.WhenAll(tokens.Select(t => client.End(t, TimeSpan.FromMinutes(3)))))
            Assert.True(end.GetProperty("status").GetString() == "completed", end.ToString());
        await site.AssertHolds("no_lost_update");
        var effects = await site.Effects();
        var versions = tokens.Select(t => Assert.Single(effects[t])).ToArray();
        Assert.Equal(Updates, versions.Distinct().Count());
        Assert.Equal(1 + Updates + edits, await Version(riq.Simulator.Http, page));
    }

    // Somebody at a browser: reads, changes, and gives up when somebody else was faster. How many edits were taken.
    static async Task<int> EditByHand(HttpClient http, string page)
    {
        var taken = 0;
        for (var n = 0; n < Edits; n++)
        {
            var version = await Version(http, page) + 1;
            using var answer = await Send(http, HttpMethod.Put, page, new { id = page, status = "current", title = "Wanted by all", body = new { representation = "storage", value = $"<p>By hand {n}</p>" }, version = new { number = version } });
            if (answer.IsSuccessStatusCode) taken++;
        }
        return taken;
    }

    static async Task<int> Version(HttpClient http, string page)
    {
        using var answer = await Send(http, HttpMethod.Get, page, null);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("version").GetProperty("number").GetInt32();
    }

    static async Task<HttpResponseMessage> Send(HttpClient http, HttpMethod method, string page, object? body)
    {
        using var message = new HttpRequestMessage(method, $"/wiki/api/v2/pages/{page}") { Content = body is null ? null : JsonContent.Create(body) };
        message.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("alice@example.com:x")));
        message.Headers.UserAgent.ParseAdd("browser");
        return await http.SendAsync(message);
    }
}
