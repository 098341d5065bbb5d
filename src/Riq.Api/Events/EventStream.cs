using System.Text;
using Riq.Engine.Timeline;

namespace Riq.Api.Events;

/// <summary>One stream of server-sent events: what was missed, then what happens, with a sign of life in between.</summary>
sealed class EventStream(HttpResponse response, LiveChanges.Listener listener, ChangeFilter filter, ChangeReader reader, EventOptions options, TimeProvider time)
{
    const int Page = 500;

    /// <summary>A listener that missed more than this reads the list of requests anew instead.</summary>
    const int MostMissed = 50_000;

    static readonly byte[] Hello = ": RIQ\nretry: 2000\n\n"u8.ToArray(), Heartbeat = ": \n\n"u8.ToArray(), EndOfFrame = "\n\n"u8.ToArray(), Data = "\ndata: "u8.ToArray(),
        Reset = "event: reset\ndata: {\"message\":\"Changes before this were missed and can't be listed one by one any more: read what matters anew.\"}\n\n"u8.ToArray();

    public async Task Run(string? lastEventId, CancellationToken end)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        try
        {
            var start = await listener.Start.WaitAsync(end);
            await Write(Hello, end);
            var at = lastEventId is null ? start : await CatchUp(lastEventId, start, end);
            await Follow(at, end);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested) { return; }
    }

    // What happened between the id and now; the listener has been collecting what happens meanwhile.
    async Task<ChangePosition> CatchUp(string lastEventId, ChangePosition start, CancellationToken end)
    {
        if (!ChangePosition.TryParse(lastEventId, out var at) || await reader.Age(at, end) is not { } age || age > options.Replay) { await Write(Reset, end); return start; }
        var read = 0;
        for (var more = true; more;)
        {
            (var changes, at, more) = await reader.Read(at, Page, end);
            if ((read += changes.Count) > MostMissed) { await Write(Reset, end); return await reader.Now(end); }
            foreach (var change in changes.Where(filter.Wants)) Append(change);
            await Flush(end);
        }
        return at;
    }

    // Ends when the client is gone, the process stops, or the listener did not keep up.
    async Task Follow(ChangePosition after, CancellationToken end)
    {
        while (true)
        {
            var next = listener.Changes.WaitToReadAsync(end).AsTask();
            while (!next.IsCompleted)
            {
                // A wait that ends without a change is no fault.
                await ((Task)next).WaitAsync(options.Heartbeat, time, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                end.ThrowIfCancellationRequested();
                if (!next.IsCompleted) await Write(Heartbeat, end);
            }
            if (!await next) return;
            while (listener.Changes.TryRead(out var change))
                if (change.Position.CompareTo(after) > 0) Append(change);
            await Flush(end);
        }
    }

    void Append(Change change)
    {
        Put(Encoding.ASCII.GetBytes($"id: {change.Position}"));
        Put(Data);
        Put(change.Json);
        Put(EndOfFrame);
    }

    void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(response.BodyWriter.GetSpan(bytes.Length));
        response.BodyWriter.Advance(bytes.Length);
    }

    async Task Write(byte[] bytes, CancellationToken end)
    {
        Put(bytes);
        await Flush(end);
    }

    async Task Flush(CancellationToken end) => await response.BodyWriter.FlushAsync(end);
}
