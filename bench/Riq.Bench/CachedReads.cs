using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Riq.TestKit.Processes;

namespace Riq.Bench;

/// <summary>Submissions of reads whose answers are kept, at a steady rate that does not slow down with the answers: how long each takes.</summary>
static class CachedReads
{
    const int Tasks = 50;
    static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(2);

    public static async Task<Latency.Figures> Run(RiqProcess api, int perSecond, TimeSpan duration)
    {
        var tasks = await Task.WhenAll(Enumerable.Range(0, Tasks).Select(_ => Created(api.Http)));
        foreach (var task in tasks) await Ended(api.Http, await Submitted(api.Http, Read(task)));
        var took = new ConcurrentBag<double>();
        var running = new List<Task>();
        using var timer = new PeriodicTimer(Tick, TimeProvider.System);
        var watch = Stopwatch.StartNew();
        var all = (int)(duration.TotalSeconds * perSecond);
        while (running.Count < all)
        {
            await timer.WaitForNextTickAsync();
            for (var due = Math.Min(all, (int)(watch.Elapsed.TotalSeconds * perSecond)); running.Count < due;) running.Add(One(api.Http, Read(tasks[running.Count % Tasks]), took));
        }
        await Task.WhenAll(running);
        return Latency.Of(took);
    }

    static async Task One(HttpClient http, object read, ConcurrentBag<double> took)
    {
        var began = Stopwatch.GetTimestamp();
        var answer = await Submitted(http, read);
        took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        if (answer.GetProperty("status").GetString() != "cached") throw new InvalidOperationException($"Not from the cache: {answer}");
    }

    static object Read(string task) => new { operation = "jira.get_task", payload = new { task_id = task } };

    static async Task<string> Created(HttpClient http)
    {
        var created = await Ended(http, await Submitted(http, new { operation = "jira.create_task", payload = new { title = "A task to be read", project_id = "MD", type = "task" } }));
        return created.GetProperty("result").GetProperty("id").GetString()!;
    }

    static async Task<JsonElement> Submitted(HttpClient http, object submission)
    {
        using var answer = await http.PostAsJsonAsync(new Uri("/api/queue/submit", UriKind.Relative), submission);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    static Task<JsonElement> Ended(HttpClient http, JsonElement submitted) => submitted.GetProperty("status").GetString() == "cached" ? Task.FromResult(submitted)
        : http.GetFromJsonAsync<JsonElement>(new Uri($"/api/queue/result/{submitted.GetProperty("token").GetString()}?wait=60", UriKind.Relative));
}
