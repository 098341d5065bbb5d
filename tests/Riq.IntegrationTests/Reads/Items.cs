using System.Collections.Concurrent;
using System.Text.Json;
using Riq.Contracts;
using Riq.IntegrationTests.Cluster;
using Riq.TestKit.Services;

namespace Riq.IntegrationTests.Reads;

/// <summary>What a service holds behind <c>fake.get</c> and <c>fake.change</c>: a number per item, put there by the change's <c>number</c>.</summary>
sealed class Items
{
    readonly ConcurrentDictionary<string, long> _numbers = [];

    public Items(FakeService service) => service.Answer = (call, _) =>
    {
        var (item, number) = (call.Payload.GetProperty("text").GetString()!, call.Payload.TryGetProperty("number", out var n) ? n.GetInt64() : 0);
        if (call.Operation.IsWrite) _numbers[item] = number;
        return Task.FromResult(AdapterResult<JsonElement>.Ok(JsonSerializer.SerializeToElement(new { number = Of(item) })));
    };

    public long Of(string item) => _numbers.GetValueOrDefault(item);
}

static class ReadCalls
{
    /// <summary>The answer to one submission of <c>fake.get</c>.</summary>
    public static async Task<JsonElement> Ask(this RiqApi api, string item = "a", object? more = null)
    {
        var body = JsonSerializer.SerializeToNode(new { operation = "fake.get", payload = new { text = item } })!.AsObject();
        if (more is not null)
            foreach (var (name, value) in JsonSerializer.SerializeToNode(more)!.AsObject()) body[name] = value?.DeepClone();
        using var answer = await api.Post("/api/queue/submit", body);
        var json = await RiqApi.Json(answer);
        return answer.IsSuccessStatusCode ? json : throw new InvalidOperationException($"{(int)answer.StatusCode}: {json}");
    }

    /// <summary>What <c>fake.get</c> gave in the end, whichever way it came.</summary>
    public static async Task<JsonElement> Read(this RiqApi api, string item = "a")
    {
        var answer = await api.Ask(item);
        return (answer.Status() == "cached" ? answer : await api.End(answer.Token())).GetProperty("result");
    }

    /// <summary>Changes the item and returns once the change is seen completed.</summary>
    public static async Task Change(this RiqApi api, string item, long number)
    {
        using var answer = await api.Post("/api/queue/submit", new { operation = "fake.change", payload = new { text = item, number } });
        var end = await api.End((await RiqApi.Json(answer)).Token());
        if (end.Status() != "completed") throw new InvalidOperationException(end.ToString());
    }

    public static string Status(this JsonElement answer) => answer.GetProperty("status").GetString()!;

    public static string Token(this JsonElement answer) => answer.GetProperty("token").GetString()!;

    public static long Number(this JsonElement result) => result.GetProperty("number").GetInt64();
}
