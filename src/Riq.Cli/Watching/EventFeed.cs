using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Riq.Cli.CommandLine;
using Riq.Client.Http;

namespace Riq.Cli.Watching;

/// <summary>
/// Follows RIQ's server-sent events. When the connection breaks, also over a restart of RIQ, it comes back with the last id: nothing is
/// shown twice and nothing is left out.
/// </summary>
sealed class EventFeed(IHttpClientFactory clients, Output output)
{
    /// <summary>RIQ shows a sign of life every 15 s, unless it was configured otherwise.</summary>
    static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(90);

    /// <summary>How long a first connection is tried for; one that was there is tried for until the command is interrupted.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    string? _lastId;
    bool _wasThere;

    /// <summary>Changes from now on. Throws <see cref="NoEventsException"/> when RIQ, or something in between, does not give any.</summary>
    public async IAsyncEnumerable<JsonElement> Read(string path, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var began = TimeProvider.System.GetTimestamp();
        for (var tries = 1; ; tries++)
        {
            using (var stream = await Open(path, cancellation))
            {
                if (stream is not null)
                {
                    output.Note("watching; Ctrl+C ends it.");
                    (_wasThere, tries) = (true, 0);
                    while (await Next(stream, cancellation) is { } change) yield return change;
                    output.Note("the connection is lost; trying again.");
                }
            }
            if (!_wasThere && TimeProvider.System.GetElapsedTime(began) > Patience) throw new CommandException("RIQ did not answer.", ExitCodes.Unavailable);
            await Task.Delay(RepeatRule.DelayAfter(status: null, retryAfter: null, tries + 1, Random.Shared.NextDouble())!.Value, TimeProvider.System, cancellation);
        }
    }

    // Null when there was no answer, or one that will be another one soon.
    async Task<StreamReader?> Open(string path, CancellationToken cancellation)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, HttpQueueGateway.Path(path));
        if (_lastId is not null) message.Headers.Add("Last-Event-ID", _lastId);
        try
        {
            var answer = await clients.CreateClient(ApiCalls.ClientName).SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellation).WaitAsync(LongestSilence, TimeProvider.System, cancellation);
            if (answer.StatusCode == HttpStatusCode.OK && answer.Content.Headers.ContentType?.MediaType == "text/event-stream") return new(await answer.Content.ReadAsStreamAsync(cancellation));
            await Refuse(answer, cancellation);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TimeoutException) { output.Note($"no connection: {e.Message}"); }
        return null;
    }

    async Task Refuse(HttpResponseMessage answer, CancellationToken cancellation)
    {
        using var _ = answer;
        if (_wasThere && answer.StatusCode >= HttpStatusCode.InternalServerError) return;   // RIQ, or a proxy before it, is about to come back
        if (answer.StatusCode is not (HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)) throw new NoEventsException((int)answer.StatusCode);
        var refusal = (await ApiAnswer.Read(answer, cancellation)).AsRefusal();
        throw new CommandException(refusal.ToString(), ExitCodes.Of(refusal.Kind));
    }

    // Null when the stream has ended or is silent for too long.
    async Task<JsonElement?> Next(StreamReader stream, CancellationToken cancellation)
    {
        string? id = null, data = null, name = null;
        try
        {
            while (await stream.ReadLineAsync(cancellation).AsTask().WaitAsync(LongestSilence, TimeProvider.System, cancellation) is { } line)
                if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line[4..];
                else if (line.StartsWith("event: ", StringComparison.Ordinal)) name = line[7..];
                else if (line.StartsWith("data: ", StringComparison.Ordinal)) data = line[6..];
                else if (line.Length == 0 && data is not null)
                {
                    _lastId = id ?? _lastId;
                    if (name != "reset") return JsonSerializer.Deserialize<JsonElement>(data);
                    output.Note("some changes were missed and are not shown.");
                    (data, name, _lastId) = (null, null, null);
                }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TimeoutException) { output.Note(e.Message); }
        return null;
    }
}

/// <summary>There is no stream of events at this address, or no more room for a listener.</summary>
sealed class NoEventsException(int status) : Exception($"RIQ gives no live events here (HTTP {status})");
