using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Riq.TestKit.Processes;

namespace Riq.Bench;

/// <summary>One client's wait from submit to the end seen by long-poll, at a steady rate that does not slow down with the answers.</summary>
static class Latency
{
    public sealed record Figures(double P50, double P99, double Max, int Count);

    public static async Task<Figures> Run(RiqProcess api, int perSecond, TimeSpan duration)
    {
        var took = new ConcurrentBag<double>();
        var running = new List<Task>();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / perSecond), TimeProvider.System);
        for (var n = (int)(duration.TotalSeconds * perSecond); n > 0; n--)
        {
            await timer.WaitForNextTickAsync();
            running.Add(One(api.Http, took));
        }
        await Task.WhenAll(running);
        return Of(took);
    }

    public static Figures Of(IEnumerable<double> took)
    {
        var sorted = took.Order().ToArray();
        return new(sorted[sorted.Length / 2], sorted[(int)(sorted.Length * 0.99)], sorted[^1], sorted.Length);
    }

    static async Task One(HttpClient http, ConcurrentBag<double> took)
    {
        var began = Stopwatch.GetTimestamp();
        using var accepted = await http.PostAsJsonAsync(new Uri("/api/queue/submit", UriKind.Relative), new { operation = "jira.create_task", payload = new { title = "A task of the benchmark", project_id = "MD", type = "task" } });
        accepted.EnsureSuccessStatusCode();
        var url = (await accepted.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("poll_url").GetString();
        var result = await http.GetFromJsonAsync<JsonElement>(new Uri($"{url}?wait=60", UriKind.Relative));
        if (result.GetProperty("status").GetString() != "completed") throw new InvalidOperationException($"Not completed: {result}");
        took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
    }
}
