using System.Text.Json;
using Riq.IntegrationTests.Cluster;

namespace Riq.IntegrationTests.Events;

/// <summary>One event as a client reads it from the stream.</summary>
sealed record SseEvent(string? Id, string? Name, string Data)
{
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Data);
    public string Token => Json.GetProperty("token").GetString()!;
    public string Happened => Json.GetProperty("event").GetString()!;
    public string Status => Json.GetProperty("status").GetString()!;
}

/// <summary>A client of <c>GET /api/queue/events</c> that reads the stream as the specification has it.</summary>
sealed class SseClient : IDisposable
{
    readonly HttpResponseMessage _answer;
    readonly StreamReader _reader;

    SseClient(HttpResponseMessage answer, Stream stream) => (_answer, _reader) = (answer, new(stream));

    public int Comments { get; private set; }

    /// <summary>Connects and returns when everything that happens from now on will come.</summary>
    public static async Task<SseClient> Connect(RiqApi api, string query = "", string? lastEventId = null, HttpClient? http = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/api/queue/events" + query, UriKind.Relative));
        if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
        var answer = await (http ?? api.Http).SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", answer.EnsureSuccessStatusCode().Content.Headers.ContentType!.MediaType);
        var client = new SseClient(answer, await answer.Content.ReadAsStreamAsync());
        while (await client._reader.ReadLineAsync() is { Length: > 0 }) { }   // the greeting
        return client;
    }

    /// <summary>The next event; null at the end of the stream.</summary>
    public async Task<SseEvent?> Next()
    {
        string? id = null, name = null, data = null;
        while (await _reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)) is { } line)
        {
            if (line.Length == 0 && data is not null) return new(id, name, data);
            if (line.StartsWith(':')) Comments++;
            else if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line[4..];
            else if (line.StartsWith("event: ", StringComparison.Ordinal)) name = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal)) data = line[6..];
        }
        return null;
    }

    public async Task<SseEvent[]> Take(int count)
    {
        var events = new SseEvent[count];
        for (var n = 0; n < count; n++) events[n] = await Next() ?? throw new InvalidOperationException($"The stream ended after {n} events.");
        return events;
    }

    /// <summary>Waits until so many comments have come, without an event.</summary>
    public async Task Silence(int comments)
    {
        while (Comments < comments && await _reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)) is { } line)
            if (line.StartsWith(':')) Comments++;
            else Assert.Equal("", line);
    }

    public void Dispose()
    {
        _reader.Dispose();
        _answer.Dispose();
    }
}
