using System.Net.Http.Json;
using System.Text.Json;
using Riq.TestKit.Waiting;

namespace Riq.EndToEndTests.Page;

/// <summary>What tests of the page have in common: the client and the REST interface beside it.</summary>
[Collection(PageCollection.Name)]
public abstract class PageTest(PageFixture riq)
{
    private protected Client Client { get; } = new(riq.Api.Http);
    private protected Simulator Simulator { get; } = new(riq.Simulator.Http);

    private protected Task<JsonElement> Get(string path) => riq.Api.Http.GetFromJsonAsync<JsonElement>(new Uri($"/api/queue/{path}", UriKind.Relative));

    private protected async Task Send(string method, string path, object? body = null)
    {
        using var message = new HttpRequestMessage(new(method), new Uri($"/api/queue/{path}", UriKind.Relative)) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await riq.Api.Http.SendAsync(message);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private protected async Task<JsonElement> Service(string name) => (await Get("services")).GetProperty("items").EnumerateArray().Single(s => s.GetProperty("service").GetString() == name);

    private protected async Task<string?> Status(string token) => (await Client.Result(token)).GetProperty("status").GetString();

    /// <summary>Stops a service's work, and waits until the worker has heard of it: by then it takes no message any more.</summary>
    private protected async Task Stop(string service, Func<Task> how)
    {
        var queue = $"riq.{service}.normal";
        // One that is only just going on after an earlier stop would seem stopped already.
        await Eventually.True(async () => await riq.Broker.Consumers(queue) > 0);
        await how();
        await Eventually.True(async () => await riq.Broker.Consumers(queue) == 0);
    }

    /// <summary>A dead letter whose outcome is known: nothing was sent.</summary>
    private protected async Task<string> DeadLetter(string task)
    {
        await Simulator.AddFault(new { route = $"/rest/api/3/issue/{task}", method = "GET", action = "503" });
        var token = await Client.Submit(new { operation = "jira.get_task", payload = new { task_id = task }, max_retries = 0, fresh = true });
        Assert.Equal("dead", (await Client.End(token)).GetProperty("status").GetString());
        await Simulator.RemoveFaults();
        return token;
    }

    private protected async Task<string> NewTask(string title) => (await Client.End(await Client.Submit(Client.CreateTask(title)))).GetProperty("result").GetProperty("id").GetString()!;
}
