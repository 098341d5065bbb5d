using System.Net.Http.Json;
using System.Text.Json;
using Riq.TestKit.Waiting;

namespace Riq.EndToEndTests;

/// <summary>An application that uses RIQ as the documentation tells it to: with a key per request, repeating what it got no answer for.</summary>
sealed class Client(HttpClient http)
{
    public HttpClient Http => http;

    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public static object CreateTask(string title) => new { operation = "jira.create_task", payload = new { project_id = "MD", type = "task", title } };

    /// <summary>The token. A connection that breaks is no answer: the same request is sent again. Any other status than 200 throws.</summary>
    public async Task<string> Submit(object submission, string? key = null)
    {
        while (true)
        {
            try
            {
                using var message = new HttpRequestMessage(HttpMethod.Post, "/api/queue/submit") { Content = JsonContent.Create(submission) };
                if (key is not null) message.Headers.Add("Idempotency-Key", key);
                using var answer = await http.SendAsync(message);
                var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
                if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"Submit answered {(int)answer.StatusCode}: {json}");
                return json.GetProperty("token").GetString()!;
            }
            catch (Exception e) when (key is not null && e is HttpRequestException { StatusCode: null } or IOException) { await Task.Delay(Pause, TimeProvider.System); }
        }
    }

    public Task<JsonElement> Result(string token, int wait = 0) => http.GetFromJsonAsync<JsonElement>(new Uri($"/api/queue/result/{token}?wait={wait}", UriKind.Relative));

    /// <summary>All dead letters.</summary>
    public async Task<JsonElement[]> DeadLetters() =>
        [.. (await http.GetFromJsonAsync<JsonElement>(new Uri("/api/queue/dead-letters?limit=200", UriKind.Relative))).GetProperty("items").EnumerateArray()];

    /// <summary>The result once the request has ended.</summary>
    public Task<JsonElement> End(string token, TimeSpan? limit = null) =>
        Eventually.Value(() => Result(token, wait: 10), r => r.GetProperty("status").GetString() is "completed" or "failed" or "dead", limit ?? TimeSpan.FromSeconds(90));
}
