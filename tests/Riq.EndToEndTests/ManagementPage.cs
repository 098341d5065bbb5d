using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Riq.EndToEndTests;

/// <summary>What an operator does by hand in RabbitMQ's management page.</summary>
sealed class ManagementPage : IDisposable
{
    const string VirtualHost = "%2F";

    readonly HttpClient _http;

    public ManagementPage(int port)
    {
        _http = new() { BaseAddress = new($"http://127.0.0.1:{port}/api/") };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("guest:guest")));
    }

    public Task PurgeAll() => ForEachQueue("/contents");

    public Task DeleteAll() => ForEachQueue("");

    // A queue may go by itself in between (those of the API processes do).
    async Task ForEachQueue(string part)
    {
        var queues = await _http.GetFromJsonAsync<JsonElement>(new Uri($"queues/{VirtualHost}", UriKind.Relative));
        foreach (var name in queues.EnumerateArray().Select(q => q.GetProperty("name").GetString()!))
            using (await _http.DeleteAsync(new Uri($"queues/{VirtualHost}/{Uri.EscapeDataString(name)}{part}", UriKind.Relative))) { }
    }

    public void Dispose() => _http.Dispose();
}
