using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;

namespace Riq.Drills;

/// <summary>
/// Applications as the documentation tells them to be: so many submissions a second whatever becomes of those before, each with a key of its own; who gets no answer, or
/// is told to come back (429, 5xx), sends the same again to the other address; and everybody waits for the end of his request.
/// </summary>
sealed class Load(IReadOnlyList<Uri> apis, int perSecond) : IDisposable
{
    const int Comments = 5;   // one in so many is a comment, the others are creations
    const int MostUnanswered = 20_000;
    static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(5), Pause = TimeSpan.FromMilliseconds(100), LongestPause = TimeSpan.FromSeconds(1), Patience = TimeSpan.FromMinutes(5);

    readonly TimeProvider _time = TimeProvider.System;
    readonly HttpClient _http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2) }) { Timeout = TimeSpan.FromSeconds(30) };
    readonly string _run = Guid.NewGuid().ToString("N");
    readonly ConcurrentBag<Sent> _ended = [];
    readonly ConcurrentDictionary<string, int> _repeated = new();
    int _submitted;

    /// <summary>Requests that have been submitted so far, whether or not anybody has answered yet.</summary>
    public int Submitted => Volatile.Read(ref _submitted);

    /// <summary>Requests whose end their client has seen.</summary>
    public int Ended => _ended.Count;

    /// <summary>Submits until told to stop, and then waits for every end.</summary>
    public async Task<IReadOnlyList<Sent>> Run(IReadOnlyList<string> tasks, CancellationToken until)
    {
        var began = _time.GetTimestamp();
        var all = new List<Task>();
        while (!until.IsCancellationRequested && all.Count - _ended.Count < MostUnanswered)
        {
            for (; all.Count < _time.GetElapsedTime(began).TotalSeconds * perSecond; _submitted = all.Count) all.Add(One(all.Count, Submission(all.Count, tasks)));
            await Task.Delay(Tick, _time, CancellationToken.None);
        }
        await Task.WhenAll(all);
        return [.. _ended];
    }

    /// <summary>How often a call had to be repeated, by the reason.</summary>
    public IReadOnlyDictionary<string, int> Repeated => _repeated;

    /// <summary>Makes tasks that comments can be written to.</summary>
    public Task<string[]> SomeTasks(int count) => Task.WhenAll(Enumerable.Range(0, count).Select(async n =>
        (await EndOf(await Submit(n, $"{_run}-task-{n}", Create($"To be commented {n}")))).GetProperty("result").GetProperty("id").GetString()!));

    static object Submission(int number, IReadOnlyList<string> tasks) => tasks.Count > 0 && number % Comments == 0
        ? new { operation = "jira.add_comment", payload = new { task_id = tasks[number / Comments % tasks.Count], comment = $"Comment {number}" } }
        : Create($"Task {number}");

    static object Create(string title) => new { operation = "jira.create_task", payload = new { project_id = "MD", type = "task", title } };

    async Task One(int number, object submission)
    {
        var began = _time.GetTimestamp();
        var token = await Submit(number, $"{_run}-{number}", submission);
        var accepted = _time.GetElapsedTime(began);
        var end = await EndOf(token, number);
        _ended.Add(new(token, end.GetProperty("status").GetString()!, accepted, _time.GetElapsedTime(began), _time.GetTimestamp(), end.ToString()));
    }

    Task<string> Submit(int number, string key, object submission) => Until(number, async api =>
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, new Uri(api, "/api/queue/submit")) { Content = JsonContent.Create(submission), Headers = { { "Idempotency-Key", key } } };
        return (await Answer(message))?.GetProperty("token").GetString();
    });

    async Task<JsonElement> EndOf(string token, int number = 0) => (await Until<JsonElement?>(number, async api =>
    {
        while (await Answer(new Uri(api, $"/api/queue/result/{token}?wait=20")) is { } result)
            if (result.GetProperty("status").GetString() is "completed" or "failed" or "dead" or "cancelled") return result;
        return null;
    }))!.Value;

    async Task<JsonElement?> Answer(Uri address)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, address);
        return await Answer(message);
    }

    // Null: come back. Anything that a repetition would not mend throws.
    async Task<JsonElement?> Answer(HttpRequestMessage message)
    {
        using var answer = await _http.SendAsync(message);
        if ((int)answer.StatusCode is 429 or >= 500) { Count($"{(int)answer.StatusCode}"); return null; }
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{message.Method} {message.RequestUri} answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    async Task<T> Until<T>(int number, Func<Uri, Task<T?>> ask)
    {
        var (began, pause) = (_time.GetTimestamp(), Pause);
        for (var turn = number; _time.GetElapsedTime(began) < Patience; turn++)
        {
            try { if (await ask(apis[turn % apis.Count]) is { } answer) return answer; }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException) { Count(e is HttpRequestException r ? r.HttpRequestError.ToString() : e.GetType().Name); }   // no answer: the other address is asked the same
            await Task.Delay(pause, _time);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
        throw new TimeoutException($"No answer within {Patience.TotalMinutes} min.");
    }

    void Count(string reason) => _repeated.AddOrUpdate(reason, 1, (_, count) => count + 1);

    public void Dispose() => _http.Dispose();
}

/// <summary>What became of one submission, as its client saw it.</summary>
/// <param name="At">When its end was seen, as a timestamp of the clock.</param>
public sealed record Sent(string Token, string Status, TimeSpan Accepted, TimeSpan Took, long At, string Answer);
