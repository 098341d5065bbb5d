using System.Text.Json;
using Riq.Api.Http;
using Riq.Engine.Reads;
using Riq.Engine.Requests;
using Riq.Engine.Statistics;
using Riq.Engine.Submission;

namespace Riq.Api.Submission;

/// <summary>What a client gets for an accepted submission.</summary>
static class SubmitAnswer
{
    public static void Write(Utf8JsonWriter json, NewRequest request, Submitted stored, QueueStatistics statistics)
    {
        json.WriteStartObject();
        if (request.Ref is not null) json.WriteString("ref", request.Ref);
        json.WriteString("token", RequestToken.Of(stored.Id));
        if (stored.Cached is { } answer) { WriteCached(json, answer); return; }
        json.WriteString("status", stored.Status);
        if (stored.Status == RequestStatus.Queued)
        {
            var (position, completion) = statistics.Estimate(request.Operation.Service, request.Priority);
            json.Optional("position", position);
            json.Optional("estimated_completion", completion?.UtcDateTime);
        }
        if (request.Operation.IsWrite) json.WriteString("consistency_token", NewRequest.ConsistencyTokenOf(stored.Id));
        json.WriteString("poll_url", PollUrl(stored.Id));
        if (request.Operation.IsWrite && !request.FireAndForget) json.WriteBoolean("requires_confirmation", true);
        json.WriteNumber("max_wait_seconds", WaitTime.MaxSeconds);
        json.WriteEndObject();
    }

    // The time and the life together say until when the same answer is given.
    static void WriteCached(Utf8JsonWriter json, CachedAnswer answer)
    {
        json.WriteString("status", "cached");
        json.OptionalJson("result", answer.Result);
        json.Optional("cached_at", (DateTime?)answer.ReadAt);
        json.WriteNumber("cache_ttl", answer.Ttl.TotalSeconds);
        if (answer.Stale) json.WriteBoolean("stale", true);
        json.WriteEndObject();
    }

    public static string PollUrl(Guid id) => $"/api/queue/result/{RequestToken.Of(id)}";
}
