using System.Text.Json;
using Riq.Api.Http;
using Riq.Engine.Statistics;

namespace Riq.Api.Status;

/// <summary>Writes what waits and runs: in all, and by service and priority.</summary>
static class StatusAnswer
{
    public static IResult Of(IReadOnlyList<QueueCounts> counts) => JsonAnswer.Ok(json =>
    {
        json.WriteStartObject();
        WriteTotals(json, counts);
        json.Optional("updated_at", counts.Count == 0 ? null : counts.Min(c => c.UpdatedAt));
        json.WriteStartArray("queues");
        foreach (var queue in counts) Write(json, queue);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>The sums over all queues, into an object that is open.</summary>
    public static void WriteTotals(Utf8JsonWriter json, IReadOnlyList<QueueCounts> counts)
    {
        json.WriteNumber("queued", counts.Sum(c => c.Queued));
        json.WriteNumber("processing", counts.Sum(c => c.Processing));
        json.WriteNumber("ended_per_second", Rounded(counts.Sum(c => c.EndedPerSecond)));
        json.Optional("oldest_waiting_since", counts.Min(c => c.OldestQueuedAt));
    }

    static void Write(Utf8JsonWriter json, QueueCounts queue)
    {
        json.WriteStartObject();
        json.WriteString("service", queue.Service);
        json.WriteString("priority", queue.Priority);
        json.WriteNumber("queued", queue.Queued);
        json.WriteNumber("processing", queue.Processing);
        json.WriteNumber("ended_per_second", Rounded(queue.EndedPerSecond));
        json.Optional("oldest_waiting_since", queue.OldestQueuedAt);
        json.WriteEndObject();
    }

    static double Rounded(double perSecond) => Math.Round(perSecond, 2);
}
